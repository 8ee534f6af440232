/** What a server loads before its first answer: each package costs time and memory. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { root } from "../support/runtimes.ts";

/** Imports and re-exports of code: neither those of types alone, nor those by `import()`. */
const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^"';]*?\bfrom\s+)?"([^"]+)"/gm;

const { imports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
  readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** Returns the packages that are loaded with some files of src/. */
function packagesOf(entries: readonly string[], condition: string): readonly string[] {
  const files = new Set(entries.map((file) => new URL(file, root).href));
  const packages = new Set<string>();
  // The iteration of a set includes the items that are added during it.
  for (const file of files) {
    const code = readFileSync(new URL(file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    for (const [, specifier = ""] of code.matchAll(IMPORT)) {
      const own = imports[specifier];
      if (own !== undefined) files.add(new URL(own[condition] ?? own["default"] ?? "", root).href);
      else if (specifier.startsWith(".")) files.add(new URL(specifier, file).href);
      else packages.add(specifier.replace(/^((?:@[^/]+\/)?[^/]+).*/, "$1"));
    }
  }
  return [...packages].filter((name) => !name.startsWith("node:")).sort();
}

const ENTRIES = ["src/cli/main.ts", "src/cli/serve.ts", "src/cli/serving.ts", "src/index.ts"];
const LOADED = ["@logtape/logtape", "@noble/hashes", "commander", "hono"];

for (const runtime of ["bun", "deno", "node"]) {
  test(`ekiben serve loads few packages on ${runtime} before its first answer`, () => {
    assert.deepEqual(packagesOf(ENTRIES, runtime), LOADED);
  });
}
