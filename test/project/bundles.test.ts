import assert from "node:assert/strict";
import { builtinModules } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BuildOptions, type BuildResult, build } from "esbuild";
import { root } from "../support/runtimes.ts";

/** Where a bundle is to run, and the conditions under which bundlers resolve its imports. */
const PLACES = {
  browser: ["browser"],
  workerd: ["workerd", "worker", "browser"],
} as const;

const ENTRIES = [
  "ekiben",
  "ekiben/runnable",
  "ekiben/onnx",
  "ekiben/models",
  "ekiben/browser",
  "ekiben/client",
  "ekiben/client/connect",
  "ekiben/service-worker",
  "ekiben/worker",
] as const;

const path = (name: string): string => fileURLToPath(new URL(name, root));

async function bundle(
  contents: string,
  conditions: readonly string[],
  more: BuildOptions = {},
): Promise<BuildResult> {
  return await build({
    stdin: { contents, resolveDir: path("test/project/fixtures"), loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    platform: "browser",
    conditions: [...conditions],
    external: ["*.wasm", "cloudflare:*"],
    metafile: true,
    logLevel: "silent",
    ...more,
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
      const own = /\.wasm$|^cloudflare:/;
      const unresolved = external.filter(({ path: at }) => place !== "workerd" || !own.test(at));
      assert.deepEqual(unresolved, [], "every import is resolved");
      const sources = Object.keys(inputs).map((name) => name.replace(/^.*\bsrc\//, "src/"));
      const hosted = /^src\/(runtime|cli)\/|\/server\.ts$|thread-entry|prom-client/;
      assert.deepEqual(
        sources.filter((name) => hosted.test(name)),
        [],
      );
      assert.ok(sources.length > 2, "the sources were found");
      const hasPage = sources.includes("src/http/page/gen/assets.ts");
      const serves = entry === "ekiben" || entry === "ekiben/browser";
      assert.equal(hasPage, place === "workerd" && serves, "only servers have the page");
      const specifiers = [
        ...codeOf(result).matchAll(/\b(?:from|import|require)\b\s*\(?\s*"([^"\n]+)"/g),
      ].map(([, specifier = ""]) => specifier);
      const builtIn = (name: string): boolean =>
        name.startsWith("node:") || builtinModules.includes(name);
      assert.deepEqual(specifiers.filter(builtIn), []);
    });
  }
}

/** What a page that calls a service may load for it, with gzip. */
const CLIENT_BYTES = 8_000;

test("ekiben/client is small, and has nothing of a service or a library", async () => {
  const page = 'import { client } from "ekiben/client"; globalThis.shop = client("/");';
  const result = await bundle(page, PLACES.browser, { minify: true });
  const { length } = gzipSync(codeOf(result), { level: 9 });
  assert.ok(length <= CLIENT_BYTES, `it has ${length} bytes`);
  const sources = Object.keys(result.metafile?.inputs ?? {});
  const own =
    /^src\/(client|io|(clock|error|hold-response|retry-delay|server-events|tensor)\.ts)|^<stdin>$/;
  assert.ok(sources.length > 10, "the sources were found");
  const strange = sources.map((name) => name.replace(/^.*\bsrc\//, "src/"));
  assert.deepEqual(
    strange.filter((name) => !own.test(name)),
    [],
  );
});
