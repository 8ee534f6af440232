import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium, type OpenPage } from "../support/chromium.ts";
import { type Running, startCli } from "../support/cli.ts";
import { bundleScripts } from "../support/page-scripts.ts";
import { root } from "../support/runtimes.ts";
import { serveFiles } from "../support/site.ts";
import { until } from "../support/until.ts";
import { allDigits } from "./example-site.ts";

const fixtures = fileURLToPath(new URL("test/system/fixtures/browser/", root));
const service = `${fixtures}service.ts`;

const site = await serveFiles({
  "/index.html": '<link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
  ...(await bundleScripts(fixtures, ["page.ts", "worker.ts"], true)),
  ...(await bundleScripts(fixtures, ["service-worker.ts"], false)),
});
const chromium = await launchChromium();
test.after(() => Promise.all([chromium[Symbol.asyncDispose](), site[Symbol.asyncDispose]()]));

/** An answer as the page reports it. */
interface Answer {
  readonly status: number;
  readonly text: string;
  readonly place: string;
  readonly reason: string;
  readonly triedAt?: string;
}

/** Opens a page, and the service in it. */
async function openWith(options: object): Promise<OpenPage> {
  const page = await chromium.open(`${site.url}/`);
  await page.page.waitForFunction("globalThis.open");
  await page.run(`open(${JSON.stringify(options)})`);
  return page;
}

async function call(page: OpenPage, path: string, body = "x"): Promise<Answer> {
  return await page.run<Answer>(`call(${JSON.stringify(path)}, ${JSON.stringify(body)})`);
}

function startServer(port = 0): Promise<Running> {
  const options = port === 0 ? {} : { port };
  return startCli(["serve", service], options);
}

test("openService() in Chromium takes calls by its policy", async () => {
  await using server = await startServer();
  const fallback = server.url;
  await using local = await openWith({ fallback, policy: "local" });
  assert.equal((await call(local, "/where")).text, "browser");
  const failed = await call(local, "/server_only");
  assert.deepEqual([failed.status, failed.place], [500, "local"]);
  await using remote = await openWith({ fallback, policy: "server" });
  const there = await call(remote, "/where");
  assert.deepEqual([there.text, there.reason], ["server", 'the policy is "server"']);
  assert.deepEqual([remote.page.workers().length, remote.console], [0, []]);
  await using auto = await openWith({ fallback });
  await auto.run("opened.ready()");
  const only = await call(auto, "/server_only");
  assert.deepEqual([only.text, only.triedAt], ["server", "local"]);
  for (let at = 0; at < 8; at++) await call(auto, "/slow_here");
  const slow = await call(auto, "/slow_here");
  assert.deepEqual([slow.text, slow.place], ["server", "server"], slow.reason);
  assert.match(slow.reason, /^measured \d+ ms here and [\d.]+ ms at the server$/);
  for (let at = 0; at < 8; at++) await call(auto, "/where");
  assert.equal((await call(auto, "/where")).place, "local");
});

test("openService() in Chromium goes on when its server ends, and when it is back", async () => {
  const server = await startServer();
  const port = Number(new URL(server.url).port);
  await using page = await openWith({ fallback: server.url, policy: "server" });
  assert.equal((await call(page, "/where")).text, "server");
  const streamed = await call(page, "/count", "3");
  assert.deepEqual([streamed.text, streamed.place], ["0 1 2 ", "server"]);
  await server[Symbol.asyncDispose]();
  const alone = await call(page, "/where");
  assert.deepEqual([alone.text, alone.triedAt], ["browser", "server"]);
  assert.match(alone.reason, /^the server: it cannot be reached \(Failed to fetch\)/);
  await using _ = await startServer(port);
  await until(async () => (await call(page, "/where")).text === "server");
  await page.context.setOffline(true);
  const offline = await call(page, "/where");
  assert.deepEqual(
    [offline.text, offline.reason],
    ["browser", "the server: the browser is offline"],
  );
});

test("a pool of a page goes on when a worker dies, hangs or has no memory", async () => {
  await using page = await openWith({});
  const [digit] = allDigits();
  const picture = [...(digit?.bytes ?? [])];
  for (const what of ["die", "hang", "exhaust"]) {
    const others = page.run<Answer[]>(
      `Promise.all(Array.from({ length: 10 }, () =>
        call("/predict", Uint8Array.from(${JSON.stringify(picture)}), {
          headers: { "content-type": "image/png" } })))`,
    );
    const { status, text } = await call(page, "/act", what);
    assert.ok([500, 503, 504].includes(status), `${what}: ${status} ${text}`);
    for (const other of await others) assert.equal(other.text, String(digit?.label));
    assert.equal((await call(page, "/act", "nothing")).text, "did nothing", what);
  }
  assert.deepEqual(page.errors, []);
});

test("a Service Worker passes on streams, large bodies and aborts", async () => {
  await using page = await openWith({});
  await page.run("connect()");
  const found = await page.run(async () => {
    const post = (path: string, body: string, init = {}): Promise<Response> =>
      fetch(path, { method: "POST", body, ...init });
    const reader = (await post("count", "50")).body?.getReader();
    const parts: string[] = [];
    for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
      parts.push(new TextDecoder().decode(part.value));
    }
    const large = await (await post("size", "x".repeat(15_000_000))).text();
    const tooLarge = await post("size", "x".repeat(30_000_000));
    const controller = new AbortController();
    const aborted = post("count", "100000", { signal: controller.signal })
      .then((response) => response.text())
      .catch(({ name }) => name);
    setTimeout(() => controller.abort(), 200);
    const stream = await post("count", "100000");
    await stream.body?.cancel();
    return { parts, large, tooLarge: tooLarge.status, aborted: await aborted };
  });
  const { parts, ...rest } = found;
  assert.equal(parts.join(""), Array.from({ length: 50 }, (_, at) => `${at} `).join(""));
  // A busy browser joins some parts.
  assert.ok(parts.length > 1, "the answer begins before its end");
  assert.deepEqual(rest, { large: "15000000", tooLarge: 413, aborted: "AbortError" });
  await until(() =>
    page.run(async () =>
      /in_progress\{[^}]*endpoint="\/count"[^}]*\} 0/.test(await (await fetch("metrics")).text()),
    ),
  );
});

test("openService() reads bodies where requests have no property body, as in Firefox", async () => {
  await using server = await startServer();
  for (const policy of ["local", "server"]) {
    await using page = await openWith({ fallback: server.url, policy });
    await page.run("delete Request.prototype.body");
    assert.equal(await page.run('"body" in new Request("/")'), false);
    const { text, place } = await call(page, "/size", "12345");
    assert.deepEqual([text, place], ["5", policy]);
    assert.equal((await call(page, "/where", "")).status, 200);
    page.assertClean();
  }
});
