import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FileVerdicts } from "../../src/cli/verdicts.ts";

function inFolder(): Disposable & { readonly home: string; readonly files: () => string[] } {
  const home = mkdtempSync(join(tmpdir(), "ekiben-verdicts-"));
  return {
    home,
    files: () => readdirSync(join(home, "verdicts")).map((name) => join(home, "verdicts", name)),
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  };
}

test("FileVerdicts returns what another one has kept, and nothing else", async () => {
  using folder = inFolder();
  const value = { backend: "native", figures: [{ msByRows: { 1: 0.5 } }] };
  await new FileVerdicts(folder.home).write("a", value);
  const next = new FileVerdicts(folder.home);
  assert.deepEqual(await next.read("a"), value);
  assert.equal(await next.read("b"), undefined);
  assert.equal(folder.files().length, 1);
});

test("FileVerdicts takes no file that was cut off or is of something else", async () => {
  using folder = inFolder();
  const verdicts = new FileVerdicts(folder.home);
  await verdicts.write("a", { backend: "native" });
  const [file = ""] = folder.files();
  for (const text of ['{"key":', "null", "7", '{"key":"a","value":1}']) {
    writeFileSync(file, text);
    assert.equal(await verdicts.read("a"), undefined, text);
  }
});

test("FileVerdicts keeps 500, and removes the oldest", async () => {
  using folder = inFolder();
  const verdicts = new FileVerdicts(folder.home);
  await verdicts.write("first", 1);
  for (let at = 0; at < 499; at++) writeFileSync(join(folder.home, "verdicts", `${at}`), "{}");
  const [first = ""] = folder.files().filter((file) => file.endsWith(".json"));
  utimesSync(first, 1, 1);
  await verdicts.write("second", 2);
  assert.equal(folder.files().length, 500);
  assert.equal(await verdicts.read("first"), undefined);
  assert.equal(await verdicts.read("second"), 2);
});

test("FileVerdicts does without a folder that cannot be written", async () => {
  using folder = inFolder();
  const file = join(folder.home, "file");
  writeFileSync(file, "");
  const verdicts = new FileVerdicts(file);
  await verdicts.write("a", 1);
  assert.equal(await verdicts.read("a"), undefined);
});
