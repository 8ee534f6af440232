import assert from "node:assert/strict";
import { test } from "node:test";
import { type ModelFlags, type ModelOptions, readModelFlags } from "../../src/cli/model-flags.ts";

const read: readonly [ModelFlags, Partial<ModelOptions>][] = [
  [{}, {}],
  [{ name: "My Model" }, { name: "My Model" }],
  [{ modelName: "iris" }, { name: "iris" }],
  [{ name: "iris", modelName: "other" }, { name: "iris" }],
  [{ modelControl: "explicit" }, { control: true }],
  [{ modelControlMode: "explicit" }, { control: true }],
  [{ modelControl: "none", modelControlMode: "explicit" }, { control: false }],
  [
    { maxModels: 5, watch: true },
    { maxModels: 5, watch: true },
  ],
  [{ batch: "off" }, { overrides: { batch: "off" } }],
];

for (const [flags, options] of read) {
  test(`readModelFlags() reads ${JSON.stringify(flags)}`, () => {
    const none = { control: false, watch: false, triesWebGpu: false, overrides: {} };
    assert.deepEqual(readModelFlags(flags), { ...none, ...options });
  });
}

test("readModelFlags() refuses names that cannot be in a path, and no models at all", () => {
  for (const name of ["", " ", "a/b", "a\\b", "a\nb", "\0", "x".repeat(256)]) {
    assert.throws(() => readModelFlags({ name }), /^UsageError: A model cannot be named "/);
  }
  assert.throws(() => readModelFlags({ maxModels: 0 }), /"--max-models" must be a whole number/);
});
