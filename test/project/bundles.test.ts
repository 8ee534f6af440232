import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type BuildResult, build } from "esbuild";
import { root } from "../support/runtimes.ts";
import { startWorkerd } from "./workerd.ts";

/** Where a bundle is to run, and the conditions under which bundlers resolve its imports. */
const PLACES = {
  browser: ["browser"],
  workerd: ["workerd", "worker", "browser"],
} as const;

const ENTRIES = ["ekiben", "ekiben/runnable", "ekiben/onnx", "ekiben/browser"] as const;

const path = (name: string): string => fileURLToPath(new URL(name, root));

async function bundle(contents: string, conditions: readonly string[]): Promise<BuildResult> {
  return await build({
    stdin: { contents, resolveDir: path("test/project/fixtures"), loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    platform: "browser",
    conditions: [...conditions],
    external: ["*.wasm"],
    metafile: true,
    logLevel: "silent",
  });
}

function codeOf({ outputFiles }: BuildResult): string {
  return outputFiles?.[0]?.text ?? "";
}

for (const [place, conditions] of Object.entries(PLACES)) {
  for (const entry of ENTRIES) {
    test(`${entry} bundles for ${place}, with nothing of Node's in it`, async () => {
      const result = await bundle(`export * from "${entry}"`, conditions);
      assert.deepEqual([result.errors, result.warnings], [[], []]);
      const { inputs = {}, outputs = {} } = result.metafile ?? {};
      const external = Object.values(outputs).flatMap(({ imports }) => imports);
      assert.deepEqual(external, [], "every import is resolved");
      const sources = Object.keys(inputs).map((name) => name.replace(/^.*\bsrc\//, "src/"));
      const hosted = /^src\/(runtime|cli)\/|\/server\.ts$|\/worker\/worker\.ts$|prom-client/;
      assert.deepEqual(
        sources.filter((name) => hosted.test(name)),
        [],
      );
      assert.ok(sources.length > 5, "the sources were found");
      const specifiers = [
        ...codeOf(result).matchAll(/\b(?:from|import|require)\b\s*\(?\s*"([^"\n]+)"/g),
      ].map(([, specifier = ""]) => specifier);
      const builtIn = (name: string): boolean =>
        name.startsWith("node:") || builtinModules.includes(name);
      assert.deepEqual(specifiers.filter(builtIn), []);
    });
  }
}

test("a service runs in workerd, with pictures and a model", async () => {
  const result = await bundle(
    `import onnxRuntime from "onnxruntime.wasm";
     import png from "png.wasm";
     import { portable } from "./portable.ts";
     export default portable({ onnxRuntime, png });`,
    PLACES.workerd,
  );
  await using workerd = await startWorkerd(codeOf(result), {
    "onnxruntime.wasm": path("node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"),
    "png.wasm": path("node_modules/@jsquash/png/codec/pkg/squoosh_png_bg.wasm"),
  });
  const mnist = new URL("examples/mnist/", root);
  const calls: readonly (readonly [path: string, body: BodyInit, type: string, answer: unknown])[] =
    [
      ["/sum", "[[1, 2], [3, 4]]", "application/json", 10],
      ["/size", readFileSync(new URL("digits/digit-0-a.png", mnist)), "image/png", [28, 28]],
      [
        "/scores",
        readFileSync(new URL("mnist-cnn.onnx", mnist)),
        "application/octet-stream",
        { backend: "wasm", shape: [1, 10] },
      ],
      [
        "/bentoml.grpc.v1.BentoService/Call",
        JSON.stringify({ apiName: "greet", text: "Ada" }),
        "application/json",
        { text: "Hello, Ada" },
      ],
    ];
  for (const [at, body, type, wanted] of calls) {
    const headers = { "content-type": type };
    const answer = await fetch(`${workerd.url}${at}`, { method: "POST", body, headers });
    const got = await answer.text();
    assert.equal(answer.status, 200, `${at} answered ${got}\n${workerd.output}`);
    assert.deepEqual(JSON.parse(got), wanted, at);
  }
  for (const at of ["/readyz", "/metrics", "/docs.json"]) {
    assert.equal((await fetch(`${workerd.url}${at}`)).status, 200, at);
  }
});

test("a service with runners reports in workerd that it needs threads", async () => {
  const code = `import { threaded } from "./portable.ts"; export default threaded();`;
  await using workerd = await startWorkerd(codeOf(await bundle(code, PLACES.workerd)));
  const answer = await fetch(`${workerd.url}/echo`, { method: "POST", body: "1" });
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /"The service could not start"/);
  assert.match(
    workerd.output,
    /Runner "echo" needs worker threads, which this runtime does not have: serve it on Bun, Deno/,
  );
});
