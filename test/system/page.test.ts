/** The page at `/` of real servers, in Debian's Chromium. */
import assert from "node:assert/strict";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { rootPath, temporaryFolder } from "../project/checkout.ts";
import { type Chromium, launchChromium, type OpenPage } from "../support/chromium.ts";
import { type Running, startCli } from "../support/cli.ts";
import { root } from "../support/runtimes.ts";
import { outputOf } from "./client-programs.ts";

const path = (name: string): string => fileURLToPath(new URL(name, root));

let [mnist, forms, model]: (Running | undefined)[] = [];
let chromium: Chromium | undefined;

before(async () => {
  const ready = /Serving \S+ on (http:\S+)/;
  [mnist, forms, model, chromium] = await Promise.all([
    startCli(["serve", path("examples/mnist/service.ts")]),
    startCli(["serve", path("test/system/fixtures/page-service.ts")], {}, ready),
    startCli(["serve", path("examples/mnist/mnist-cnn.onnx")]),
    launchChromium(),
  ]);
});

after(async () => {
  await chromium?.[Symbol.asyncDispose]();
  for (const server of [mnist, forms, model]) await server?.[Symbol.asyncDispose]();
});

/** Opens the page of a server, at one of its APIs or models. */
async function open(server: Running | undefined, hash = ""): Promise<OpenPage> {
  assert.ok(chromium !== undefined && server !== undefined, "all has started");
  const opened = await chromium.open(`${server.url}/${hash}`);
  await opened.page.locator(".call").waitFor();
  return opened;
}

const STROKE: readonly (readonly [number, number])[] = [
  [0.3, 0.25],
  [0.5, 0.15],
  [0.7, 0.28],
  [0.62, 0.42],
  [0.45, 0.48],
  [0.65, 0.55],
  [0.72, 0.7],
  [0.55, 0.84],
  [0.3, 0.76],
];

/** Draws a 3 on the canvas, and lifts the pen only if `lifts`. */
async function drawThree(page: Page, lifts = true): Promise<void> {
  const box = (await page.locator("canvas.pad").boundingBox()) ?? assert.fail("a canvas");
  const at = ([x, y]: readonly [number, number]): [number, number] => [
    box.x + box.width * x,
    box.y + box.height * y,
  ];
  const [first = [0, 0] as const, ...rest] = STROKE;
  await page.mouse.move(...at(first));
  await page.mouse.down();
  for (const point of rest) await page.mouse.move(...at(point), { steps: 6 });
  if (lifts) await page.mouse.up();
}

/** Waits until the bar of a label is the highest. */
async function highest(page: Page, label: string): Promise<void> {
  await page
    .locator(".bars tr.highest th", { hasText: new RegExp(`^${label}$`) })
    .first()
    .waitFor();
}

async function send(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Send" }).click();
}

test("the page reads a digit while it is drawn, with the button still down", async () => {
  await using opened = await open(mnist);
  const { page } = opened;
  assert.match(await page.title(), /^onnx_mnist/);
  await page.locator(".state", { hasText: "Ready" }).waitFor();
  await drawThree(page, false);
  await highest(page, "3");
  assert.equal(await page.locator(".facts dd").textContent(), "3");
  await page.mouse.up();
  await page.getByRole("button", { name: "Clear" }).click();
  await page.locator(".status", { hasText: "Nothing has been sent" }).waitFor();
  opened.assertClean();
});

test("the page sends a picture of a file, whose code works when it is pasted", async () => {
  await using opened = await open(mnist);
  const { page } = opened;
  await page.getByRole("tab", { name: "File" }).click();
  await page.locator("input[type=file]").setInputFiles(path("examples/mnist/digits/digit-7-a.png"));
  await send(page);
  await highest(page, "7");
  using folder = temporaryFolder();
  const from = path("examples/mnist/digits/digit-7-a.png");
  symlinkSync(from, join(folder.path, "digit-7-a.png"));
  for (const [language, run] of Object.entries(RUN)) {
    await page.getByRole("tab", { name: language, exact: true }).click();
    const code = (await page.locator(".snippet pre").textContent()) ?? "";
    const output = await run(code, folder.path);
    assert.match(output, /["']?digit["']?: ?7/, `${language}: ${output}`);
  }
  opened.assertClean();
});

/** How each language runs, in a folder with the files that the code names. */
const RUN: Readonly<Record<string, (code: string, folder: string) => Promise<string>>> = {
  curl: (code, folder) => outputOf("sh", ["-c", `cd '${folder}' && ${code}`]),
  Python(code, folder) {
    writeFileSync(join(folder, "call.py"), code);
    return outputOf("sh", ["-c", `cd '${folder}' && python3 call.py`]);
  },
  async TypeScript(code, folder) {
    const service = JSON.stringify(path("examples/mnist/service.ts"));
    writeFileSync(join(folder, "service.ts"), `export { default } from ${service};\n`);
    writeFileSync(join(folder, "call.ts"), code);
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    symlinkSync(join(rootPath, "node_modules"), join(folder, "node_modules"));
    const paths = {
      "ekiben/client": [path("src/client/index.ts")],
      ekiben: [path("src/index.ts")],
    };
    const config = {
      extends: join(rootPath, "tsconfig.json"),
      compilerOptions: { paths },
      include: ["call.ts"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(rootPath, "node_modules/typescript/bin/tsc");
    await outputOf(process.execPath, [tsc, "-p", folder]);
    return await outputOf("sh", ["-c", `cd '${folder}' && '${process.execPath}' call.ts`]);
  },
};

/** What is done on the page of an API, and what its answer then has. */
const FORMS: readonly (readonly [string, (page: Page) => Promise<unknown>, RegExp])[] = [
  ["shout", (page) => page.getByLabel("Text").fill("hello"), /HELLO!/],
  ["register", (page) => page.getByLabel("name").fill("Ada"), /registered\s*true[\s\S]*"Ada"/],
  ["centre", (page) => page.locator("textarea").fill('{"points":[{"x":1,"y":4}]}'), /x1y4/],
  [
    "centre",
    (page) => page.locator("textarea").fill('{"points":[]}'),
    /no points[\s\S]*Request id/,
  ],
  ["double", (page) => page.locator("textarea").fill("[[1, 2, 30]]"), /2460/],
  ["total", async () => {}, /itempricerow/],
  ["total", (page) => page.getByRole("tab", { name: "CSV" }).click(), /itempricerow/],
  ["sum", (page) => page.locator("textarea").fill("[40, 2]"), /sum42/],
  ["labels", (page) => page.getByLabel("Text").fill("x"), /calm20.0 %glad70.0 %sad10.0 %/],
  ["words", (page) => page.getByLabel("Text").fill("one two"), /one two $/],
  ["items", (page) => page.getByLabel("Text").fill("one two"), /"one"[\s\S]*"two"/],
  ["zip", (page) => page.getByLabel("Text").fill("x"), /Save letters\.zip/],
  [
    "measure",
    (page) => page.locator("input[type=file]").setInputFiles(path("LICENSE")),
    new RegExp(`bytes${readFileSync(path("LICENSE")).length}filenameLICENSE$`),
  ],
  [
    "annotate",
    async (page) => {
      await page.getByRole("tab", { name: "Draw" }).click();
      await drawThree(page);
      await page.getByLabel("title").fill("A 3");
      await page.getByLabel("note").fill("drawn");
    },
    /width280titleA 3notedrawn/,
  ],
];

test("the page has a form for each kind of input, and shows each kind of answer", async () => {
  await using opened = await open(forms);
  const { page } = opened;
  for (const [name, prepare, answer] of FORMS) {
    await page.goto(`${forms?.url}/`);
    await page.locator(`.menu a[data-id="api/${name}"]`).click();
    await page.locator("h2", { hasText: new RegExp(`^${name}$`) }).waitFor();
    await prepare(page);
    await send(page);
    const body = page.locator(".answer .body", { hasText: answer });
    await body.waitFor({ timeout: 10_000 }).catch(async () => {
      assert.match((await page.locator(".answer").textContent()) ?? "", answer, name);
    });
  }
  // The one answer with an error is a failed request, and Chromium says so.
  assert.deepEqual(opened.errors, []);
  assert.deepEqual(
    opened.console.filter((line) => !/422/.test(line)),
    [],
  );
});

test("the page shows a picture that is answered", async () => {
  await using opened = await open(forms, "#/api/invert");
  const { page } = opened;
  await page.locator("input[type=file]").setInputFiles(path("examples/mnist/digits/digit-3-a.png"));
  await send(page);
  const picture = page.locator("img.result");
  await picture.waitFor();
  await page.waitForFunction(
    () => document.querySelector<HTMLImageElement>("img.result")?.naturalWidth,
  );
  opened.assertClean();
});

test("the page of a model without code scales a drawing to its tensor", async () => {
  await using opened = await open(model);
  const { page } = opened;
  await page.locator("h2", { hasText: "mnist-cnn" }).waitFor();
  await drawThree(page);
  await highest(page, "3");
  const captions = await page.locator(".bars caption").allTextContents();
  assert.deepEqual(captions, ["probabilities", "logits"]);
  opened.assertClean();
});

test("the page can be used by keyboard alone", async () => {
  await using opened = await open(mnist);
  const { page } = opened;
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the form");
  await page.locator("canvas.pad").focus();
  // A 1: the pen goes down at the top, and to the bottom.
  await page.keyboard.press("Space");
  for (let step = 0; step < 17; step += 1) await page.keyboard.press("ArrowDown");
  await highest(page, "1");
  await page.keyboard.press("Control+Enter");
  await page.locator(".status", { hasText: "200" }).waitFor();
  await page.keyboard.press("Delete");
  await page.getByRole("tab", { name: "Draw" }).focus();
  await page.keyboard.press("ArrowRight");
  const selected = page.locator('[aria-selected="true"]', { hasText: "File" });
  assert.equal(await selected.evaluate((tab) => tab === document.activeElement), true);
  // Ctrl + Enter takes the place of a call of the drawing, if one is still under way.
  opened.assertClean(/^POST \S+\/predict:/);
});

test("the page fits a phone, and is dark where the user wants that", async () => {
  await using opened = await open(forms);
  const { page } = opened;
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.emulateMedia({ colorScheme: "dark" });
  assert.notEqual(await paper(), light);
  await page.setViewportSize({ width: 360, height: 740 });
  for (const link of await page.locator(".menu a").all()) {
    await link.click();
    await page.locator("h2", { hasText: (await link.textContent()) ?? "" }).waitFor();
    await send(page);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(width, 360, (await link.textContent()) ?? "");
  }
});

test("the page asks for a key where the server needs one, and keeps it for its tab", async () => {
  await using opened = await open(mnist);
  const { page, context } = opened;
  const sent: (string | undefined)[] = [];
  await context.route("**/openapi.json", async (route) => {
    const key = route.request().headers()["authorization"];
    sent.push(key);
    if (key === "Bearer right") return await route.continue();
    return await route.fulfill({ status: 401, json: { error: "No key", code: "unauthenticated" } });
  });
  await page.reload();
  for (const key of ["wrong", "right"]) {
    await page.getByLabel("API key").fill(key);
    await page.getByRole("button", { name: "Use this key" }).click();
    if (key === "wrong") await page.getByText("does not accept this key").waitFor();
  }
  await page.locator(".call").waitFor();
  assert.equal(await page.locator(".key-prompt").isVisible(), false);
  await page.reload();
  await page.locator(".call").waitFor();
  assert.deepEqual(sent, [undefined, "Bearer wrong", "Bearer right", "Bearer right"]);
  await drawThree(page);
  await page.locator(".snippet pre").waitFor();
  assert.match((await page.locator(".snippet pre").textContent()) ?? "", /Bearer \$EKIBEN_API_KEY/);
});
