import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sourcesOf } from "../../src/cli/target-sources.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-sources-"));
after(() => rmSync(folder, { recursive: true }));

/** Writes a source, and returns its path. */
function source(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function textsOf(path: string): Promise<string[]> {
  return await Array.fromAsync(sourcesOf(path));
}

mkdirSync(join(folder, "below"));
const leaf = 'import { openSession } from "ekiben/onnx";';
source("below/leaf.ts", leaf);

const importing: Readonly<Record<string, string>> = {
  "an import": 'import leaf from "./below/leaf.ts";',
  "an export": "export * from './below/leaf.ts';",
  "an import for its effects": 'import "./below/leaf.ts";',
  "a dynamic import": 'await import("./below/leaf.ts");',
};
for (const [what, text] of Object.entries(importing)) {
  test(`sourcesOf() follows ${what} of a relative path`, async () => {
    assert.deepEqual(await textsOf(source("root.ts", text)), [text, leaf]);
  });
}

test("sourcesOf() reads sources in a circle once, and skips what is missing", async () => {
  const other = 'import "./one.ts";';
  const text =
    'import data from "./data.json";import "zod";\nimport "./missing.ts";\nimport "./other.ts";';
  source("other.ts", other);
  assert.deepEqual(await textsOf(source("one.ts", text)), [text, "", other]);
});

test("sourcesOf() reads a bounded number of files", async () => {
  const names = Array.from({ length: 200 }, (_, at) => `import "./missing-${at}.ts";`);
  assert.equal((await textsOf(source("many.ts", names.join("\n")))).length, 50);
});
