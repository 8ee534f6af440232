import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { openPage } from "../support/chromium.ts";
import { root } from "../support/runtimes.ts";

const path = (name: string): string => fileURLToPath(new URL(name, root));

/** The page's script: it calls the service, and leaves the answers in `result`. */
const PAGE = `
import { portable, threaded } from "./portable.ts";
const mnist = portable({});
const post = async (app, path, body) =>
  await (await app.request(path, { method: "POST", body })).text();
const file = async (path) => await (await fetch(path)).blob();
async function run() {
  return {
    greeting: await post(mnist, "/greet", "Ada"),
    size: await post(mnist, "/size", await file("/digit.png")),
    scores: await post(mnist, "/scores", await (await file("/model.onnx")).arrayBuffer()),
    ready: (await mnist.request("/readyz")).status,
    echo: await post(threaded(), "/echo", "1"),
  };
}
globalThis.result = run();
`;

test("a service runs in a browser, with pictures and a model", async () => {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: path("test/project/fixtures"), loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    platform: "browser",
  });
  await using page = await openPage({
    "/index.html": '<link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
    "/page.js": outputFiles[0]?.contents ?? "",
    "/digit.png": readFileSync(path("examples/mnist/digits/digit-0-a.png")),
    "/model.onnx": readFileSync(path("examples/mnist/mnist-cnn.onnx")),
    // Beside the bundle, where both packages look for them.
    "/ort-wasm-simd-threaded.wasm": readFileSync(
      path("node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"),
    ),
    "/squoosh_png_bg.wasm": readFileSync(
      path("node_modules/@jsquash/png/codec/pkg/squoosh_png_bg.wasm"),
    ),
  });
  assert.deepEqual(await page.run("result"), {
    greeting: "Hello, Ada",
    size: "[28,28]",
    scores: '{"backend":"wasm","shape":[1,10]}',
    ready: 200,
    echo: "1",
  });
  page.assertClean();
});
