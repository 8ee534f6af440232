import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { root } from "../support/runtimes.ts";

const path = (name: string): string => fileURLToPath(new URL(name, root));

/** The page's script: it calls the service, and sends what it answers to the server. */
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
    threads: await threaded().ready().catch(({ message }) => message),
  };
}
const result = await run().catch((error) => ({ error: String(error?.stack ?? error) }));
await fetch("/result", { method: "POST", body: JSON.stringify(result) });
`;

/** Opens a page in Chromium, and returns what its script sends to `/result`. */
async function resultOf(files: Readonly<Record<string, readonly [string, Uint8Array]>>) {
  const result = Promise.withResolvers<string>();
  const server = createServer(async (request: IncomingMessage, response) => {
    if (request.url === "/result") result.resolve(await text(request));
    const [type, bytes] = files[request.url ?? ""] ?? [undefined, undefined];
    if (type === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": type }).end(bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`];
  const browser = spawn("chromium", [...flags, `http://127.0.0.1:${port}/`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(browser, "exit");
  let output = "";
  browser.stderr.on("data", (chunk) => {
    output += chunk;
  });
  void ended.then(() => result.reject(new Error(`Chromium has ended: ${output}`)));
  const timer = setTimeout(() => result.reject(new Error(`No result: ${output}`)), 60_000);
  try {
    return JSON.parse(await result.promise);
  } finally {
    clearTimeout(timer);
    browser.kill("SIGKILL");
    await ended;
    server.close();
    server.closeAllConnections();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

test("a service runs in a browser, with pictures and a model", async () => {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: path("test/project/fixtures"), loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    platform: "browser",
  });
  const script = "text/javascript";
  const wasm = "application/wasm";
  const result = await resultOf({
    "/": ["text/html", Buffer.from('<script type="module" src="/page.js"></script>')],
    "/page.js": [script, outputFiles[0]?.contents ?? new Uint8Array()],
    "/digit.png": ["image/png", readFileSync(path("examples/mnist/digits/digit-0-a.png"))],
    "/model.onnx": [script, readFileSync(path("examples/mnist/mnist-cnn.onnx"))],
    // Beside the bundle, where both packages look for them.
    "/ort-wasm-simd-threaded.wasm": [
      wasm,
      readFileSync(path("node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm")),
    ],
    "/squoosh_png_bg.wasm": [
      wasm,
      readFileSync(path("node_modules/@jsquash/png/codec/pkg/squoosh_png_bg.wasm")),
    ],
  });
  assert.deepEqual(result, {
    greeting: "Hello, Ada",
    size: "[28,28]",
    scores: '{"backend":"wasm","shape":[1,10]}',
    ready: 200,
    threads:
      'Runner "echo" needs worker threads, which this runtime does not have: ' +
      "serve it on Bun, Deno or Node, or define the service without runners",
  });
});
