import assert from "node:assert/strict";
import { test } from "node:test";
import { EXECUTORS, type ExecutorName } from "../../src/executor/executor.ts";
import { host } from "../../src/host/server.ts";
import { runner } from "../../src/runner/runner.ts";
import type { TensorSpec } from "../../src/tensor.ts";
import type { SpecsByName } from "../../src/worker/protocol.ts";
import described from "./fixtures/described.ts";

const open = (name: string, ...shape: (number | string)[]): TensorSpec => ({
  name,
  dtype: "float32",
  shape,
});

/** Returns the specifications that a runner has for those that its runnable gives. */
async function through(isolation: ExecutorName, specs: SpecsByName): Promise<SpecsByName> {
  const calls = runner(described, { name: "described", workers: 1, isolation, params: { specs } });
  assert.deepEqual(calls.specs, {}, "none before the start");
  try {
    assert.equal(calls.stats().isolation, undefined);
    await calls.start();
    assert.equal(calls.stats().isolation, isolation);
    return calls.specs;
  } finally {
    await calls.close();
    assert.deepEqual(calls.specs, {}, "none after the end");
  }
}

const [a, b] = [open("a", "batch", 2), open("b", 1, "")];
const known: SpecsByName = {
  one: { input: open("x", "batch", 28), output: open("y", "batch", "") },
  named: { input: [a, open("b", "batch")] },
  across: { input: [open("a", 4, "batch"), b], output: [open("a", 4, "batch"), b] },
  plain: { output: { name: "any", dtype: undefined, shape: undefined } },
};

for (const isolation of EXECUTORS) {
  test(`runner.specs over ${isolation} are those that load() returned`, async () => {
    const specs = through(isolation, known);
    if (host.executors[isolation] !== undefined) assert.deepEqual(await specs, known);
    else await assert.rejects(specs, /this runtime has no isolation/);
  });
}

test("runner.specs have an open axis for the rows of a result", async () => {
  const specs = {
    one: { output: open("y", 1, 10) },
    across: { output: [open("a", 4, 1), open("b", 1)] },
    plain: { output: open("y", 1, 10) },
  };
  assert.deepEqual(await through("inline", specs), {
    one: { output: open("y", "", 10) },
    across: { output: [open("a", 4, ""), open("b", 1)] },
    plain: { output: open("y", 1, 10) },
  });
});

const wrong: readonly [string, SpecsByName, RegExp][] = [
  [
    "an argument with a fixed number of rows",
    { one: { input: open("x", 1, 28) } },
    /The input of "one" of runner "described" has "x" of shape \[1, 28\], but .* axis 0 must be op/,
  ],
  [
    "a tensor of a record with a fixed number of rows",
    { across: { input: [open("a", 4, 1), b] } },
    /The input of "across" of runner "described" has "a" of shape \[4, 1\], .* axis 1 must be open/,
  ],
  [
    "a tensor without the axis of the rows",
    { across: { output: [open("a", "n")] } },
    /The output of "across" .* has "a" of shape \[n\], without the axis 1 of the rows/,
  ],
];
for (const [what, specs, message] of wrong) {
  test(`runner.start() refuses the specs of ${what}`, async () => {
    await assert.rejects(through("inline", specs), { name: "TypeError", message });
  });
}
