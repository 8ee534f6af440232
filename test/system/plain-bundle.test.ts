/** A page that esbuild bundles without the plugin of `ekiben/bundle`, as docs/browser.md says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { openPage } from "../support/chromium.ts";
import { root } from "../support/runtimes.ts";

const path = (name: string): string => fileURLToPath(new URL(name, root));
const content = (name: string): Uint8Array => readFileSync(path(name));

/** The script of the page: it leaves the answer to a picture in `result`. */
const PAGE = `
import { app } from "ekiben";
import service from "./service.ts";
async function run() {
  const body = await (await fetch("/digit.png")).blob();
  return await (await app(service).request("/predict", { method: "POST", body })).json();
}
globalThis.result = run();
`;

test("a page bundled by esbuild alone finds the files that are copied beside it", async () => {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: path("examples/mnist"), loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    platform: "browser",
  });
  await using page = await openPage({
    "/index.html": '<link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
    "/page.js": outputFiles[0]?.contents ?? "",
    "/digit.png": content("examples/mnist/digits/digit-7-a.png"),
    "/mnist-cnn.onnx": content("examples/mnist/mnist-cnn.onnx"),
    "/ort-wasm-simd-threaded.wasm": content(
      "node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
    ),
    "/squoosh_png_bg.wasm": content("node_modules/@jsquash/png/codec/pkg/squoosh_png_bg.wasm"),
  });
  const { digit } = await page.run<{ readonly digit: number }>("result");
  assert.equal(digit, 7);
  page.assertClean();
});
