import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium, openPage } from "../support/chromium.ts";
import { startCli } from "../support/cli.ts";
import { root } from "../support/runtimes.ts";
import { serveFiles } from "../support/site.ts";
import { until } from "../support/until.ts";
import { allDigits, below, buildExample, connected, predict } from "./example-site.ts";

const files = buildExample();
const digits = allDigits();
const [first] = digits;
assert.ok(first !== undefined);

interface Answer {
  readonly digit: number;
  readonly scores: readonly number[];
}

test("examples/browser answers as a server does, without one", async () => {
  const service = fileURLToPath(new URL("examples/mnist/service.ts", root));
  await using server = await startCli(["serve", service]);
  await using page = await openPage(files);
  await connected(page.page);
  await predict(page.page, first.bytes); // loads the model
  await page.site.stop();
  for (const { bytes, label } of digits) {
    const { status, place, text } = await predict(page.page, bytes);
    assert.deepEqual([status, place], [200, "page"], text);
    const here = JSON.parse(text) as Answer;
    const response = await fetch(`${server.url}/predict`, { method: "POST", body: bytes });
    const there = (await response.json()) as Answer;
    assert.equal(here.digit, label);
    for (const [digit, score] of there.scores.entries()) {
      assert.ok(Math.abs(score - (here.scores[digit] ?? Number.NaN)) < 1e-4, `${digit}: ${score}`);
    }
  }
  const others = await page.run(async () => {
    const texts: string[] = [];
    for (const path of ["readyz", "metrics", "docs.json"]) {
      const response = await fetch(path);
      texts.push(`${response.status} ${await response.text()}`);
    }
    const call = await fetch("bentoml.grpc.v1.BentoService/Call", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        apiName: "classify",
        ndarray: {
          dtype: "DTYPE_FLOAT",
          shape: [1, 1, 28, 28],
          floatValues: Array(28 * 28).fill(0),
        },
      }),
    });
    return [...texts, `${call.status} ${await call.text()}`];
  });
  assert.match(others[0] ?? "", /^200/);
  assert.match(others[1] ?? "", /digits_predicted_total\{digit="3"\} [1-9]/);
  assert.match(others[2] ?? "", /^200 \{"openapi"/);
  assert.match(others[3] ?? "", /^200 \{"ndarray":\{"dtype":"DTYPE_FLOAT","shape":\[1,10\]/);
  assert.deepEqual([page.console, page.errors], [[], []]);
});

for (const isolated of [false, true]) {
  test(`examples/browser reads what is drawn, ${isolated ? "" : "not "}isolated`, async () => {
    const base = "/some/where/";
    await using page = await openPage(below(base, files), { path: base, isolated });
    assert.equal(await page.run("crossOriginIsolated"), isolated);
    await connected(page.page);
    const box = await page.page.locator("#canvas").boundingBox();
    assert.ok(box !== null);
    const { mouse } = page.page;
    await mouse.move(box.x + 140, box.y + 60);
    await mouse.down();
    await mouse.move(box.x + 140, box.y + 220, { steps: 8 });
    await mouse.up();
    const result = page.page.locator("#result", { hasText: "This is a" });
    assert.match((await result.textContent()) ?? "", /This is a 1 \(\d+ %\)/);
    await page.page.click("#samples button:nth-of-type(8)");
    await page.page.locator("#result", { hasText: "This is a 7" }).waitFor();
    assert.match((await page.page.textContent("#place")) ?? "", /^this page: there is no server$/);
    assert.equal(await page.page.textContent("#backend"), "wasm");
    page.assertClean();
  });
}

test("examples/browser works offline after the first visit", async () => {
  await using page = await openPage(files);
  await connected(page.page);
  await page.site.stop();
  await page.context.setOffline(true);
  await page.page.reload();
  await connected(page.page);
  await page.page.click("#samples button:nth-of-type(5)");
  await page.page.locator("#result", { hasText: "This is a 4" }).waitFor();
  assert.deepEqual([page.console, page.errors], [[], []]);
});

test("examples/browser answers in its Service Worker where no page is open", async () => {
  await using page = await openPage(files);
  await connected(page.page);
  await page.site.stop();
  const other = await page.tab(`${page.site.url}/docs.json`);
  await page.page.close();
  const { status, place, text } = await predict(other, first.bytes);
  assert.deepEqual([status, place], [200, "service-worker"], text);
  assert.equal((JSON.parse(text) as Answer).digit, first.label);
  assert.deepEqual([page.console.filter((line) => !/favicon/.test(line)), page.errors], [[], []]);
});

test("examples/browser answers two tabs by one, and goes on when that is closed", async () => {
  await using page = await openPage(files);
  await connected(page.page);
  const second = await page.tab(`${page.site.url}/`);
  await connected(second);
  await predict(page.page, first.bytes);
  const workers = (): number => page.page.workers().length + second.workers().length;
  const answers = Promise.all(digits.map(({ bytes }) => predict(second, bytes)));
  await page.page.close();
  for (const [at, { status, text }] of (await answers).entries()) {
    assert.equal(status, 200, text);
    assert.equal((JSON.parse(text) as Answer).digit, digits[at]?.label);
  }
  // The first tab may have given all answers before it was closed.
  await until(async () => (await predict(second, first.bytes)).status === 200 && workers() > 0);
  page.assertClean();
});

test("examples/browser takes a new version when the user wants it", async () => {
  await using page = await openPage(files);
  await connected(page.page);
  const { files: served } = page.site;
  const script = Buffer.from(served.get("/service-worker.js") ?? "").toString();
  const version = /version:"(\w+)"/.exec(script)?.[1] ?? "";
  assert.match(version, /^\w{12}$/);
  served.set("/service-worker.js", script.replace(version, "newversion"));
  const html = Buffer.from(served.get("/index.html") ?? "").toString();
  served.set("/index.html", html.replace("Read a digit</h1>", "Read digits</h1>"));
  await page.page.reload();
  assert.equal(await page.page.textContent("h1"), "Read a digit", "all files are of one version");
  await page.page.locator("#update-line").waitFor({ state: "visible" });
  await page.page.click("#update");
  await page.page.locator("h1", { hasText: "Read digits" }).waitFor();
  await connected(page.page);
  assert.equal((await predict(page.page, first.bytes)).status, 200);
  const caches = await page.run(async () => (await globalThis.caches.keys()).join());
  assert.match(caches, /newversion$/);
  assert.doesNotMatch(caches, new RegExp(version));
  page.assertClean();
});

test("examples/browser says that a file is missing, in place of which HTML came", async () => {
  const missing = Object.keys(files).find((path) => /threaded-\w+\.wasm$/.test(path)) ?? "";
  await using site = await serveFiles(
    { ...files, [missing]: "" },
    {
      handle(request, response) {
        if (request.url !== missing) return false;
        response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
        return true;
      },
    },
  );
  await using chromium = await launchChromium();
  await using page = await chromium.open(`${site.url}/`);
  const line = page.page.locator("#offline", { hasText: "cannot be installed" });
  assert.match((await line.textContent()) ?? "", /\.wasm was answered with HTML/);
  await page.page.click("#samples button:nth-of-type(5)");
  const result = page.page.locator("#result", { hasText: "cannot run the service" });
  assert.match((await result.textContent()) ?? "", /\.wasm/);
});
