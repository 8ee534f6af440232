import assert from "node:assert/strict";
import { test } from "node:test";
import digits from "../../examples/mnist/digits.ts";
import { fixedWindow, runner, type Tensor, tensor } from "../../src/index.ts";
import type { CallRecord } from "../../src/runner/call-options.ts";
import { RunnerModels } from "../../src/service/runner-models.ts";
import type { TensorSpec } from "../../src/tensor.ts";
import described from "../runner/fixtures/described.ts";

const spec = (name: string, ...shape: (number | string)[]): TensorSpec => ({
  name,
  dtype: "float32",
  shape,
});

const specs = {
  one: { input: spec("x", "n", 2), output: spec("y", "n", 2) },
  across: {
    input: [spec("a", 2, "n"), spec("b", 1)],
    output: [spec("a", 2, "n"), spec("b", 1)],
  },
  named: { input: [spec("a", "n"), spec("b", "n")] },
  plain: { input: spec("x", 1), output: spec("y", 1) },
};

/** A runner whose batches wait for the calls of one turn. */
function opened() {
  return runner(described, {
    name: "described",
    workers: 1,
    isolation: "inline",
    params: { specs },
    batch: { maxBatchSize: 4, strategy: fixedWindow({ waitMs: 1 }) },
    optional: true,
  });
}

const rows = (count: number): Tensor<"float32"> =>
  tensor(
    "float32",
    [count, 2],
    Float32Array.from({ length: count * 2 }, (_, at) => at),
  );

test("RunnerModels are the batched methods whose two sides are known", async () => {
  const calls = opened();
  const models = new RunnerModels([calls]);
  assert.deepEqual(models.names, [], "none before the start");
  assert.throws(() => models.find("described.one"), { code: "not_found" });
  await calls.start();
  try {
    assert.deepEqual(models.names, ["described.one", "described.across"]);
    const one = models.find("described.one", "1");
    assert.equal(models.find("described.one"), one, "made once a start");
    assert.deepEqual(
      [one.inputs, one.outputs, one.maxBatchSize, one.rowAxes],
      [[specs.one.input], [specs.one.output], 4, { input: { x: 0 }, output: { y: 0 } }],
    );
    assert.deepEqual(models.find("described.across").rowAxes, {
      input: { a: 1 },
      output: { a: 1 },
    });
    assert.deepEqual(models.index()[0], {
      name: "described.one",
      version: "1",
      state: "READY",
      reason: "",
    });
    assert.throws(() => models.find("described.one", "2"), { code: "not_found" });
  } finally {
    await calls.close();
  }
  assert.deepEqual(models.names, []);
});

test("a model of a runner has statistics, in which a batch counts once", async () => {
  const calls = opened();
  const models = new RunnerModels([calls]);
  await calls.start();
  const records: CallRecord[] = [];
  try {
    const { model } = models.use("described.one", undefined);
    const run = (count: number) =>
      model.run({ x: rows(count) }, { onCall: (record) => records.push(record) });
    const answers = await Promise.all([run(1), run(2)]);
    assert.deepEqual(answers[1], { y: rows(2) });
    await run(6); // in two batches
    await assert.rejects(model.run({ x: tensor("float32", []) }), { code: "invalid_argument" });
    const { statistics } = model;
    const { success, fail, queue, computeInput, computeInfer, computeOutput } = statistics.calls;
    assert.deepEqual([success.count, fail.count, queue.count], [3, 1, 3]);
    assert.deepEqual([computeInput.count, computeInfer.count, computeOutput.count], [3, 3, 3]);
    assert.equal(statistics.inferenceCount, 9);
    assert.equal(statistics.executionCount, 3);
    assert.deepEqual(
      statistics.batches.map(({ batchSize, computeInfer: { count } }) => [batchSize, count]),
      [
        [2, 1],
        [3, 1],
        [4, 1],
      ],
    );
    assert.ok(success.ns > 0 && fail.ns >= 0 && queue.ns > 0 && success.ns >= queue.ns);
    assert.ok(Math.abs(statistics.lastInference - Date.now()) < 60_000);
    assert.equal(records.length, 4, "the caller has its records too");
  } finally {
    await calls.close();
  }
  await calls.start();
  try {
    const again = models.find("described.one");
    assert.equal(again.statistics.executionCount, 3, "they go on after another start");
  } finally {
    await calls.close();
  }
});

test("the runnable of the digits is a model", async () => {
  const calls = runner(digits, { name: "mnist", workers: 1, optional: true });
  const models = new RunnerModels([calls]);
  await calls.start(undefined, { backend: "wasm" });
  try {
    const { model } = models.use("mnist", "1");
    assert.equal(model.maxBatchSize, 100);
    assert.partialDeepStrictEqual(model.properties, { backend: "wasm", digest: calls.digest });
    const [input] = model.inputs;
    const [output] = model.outputs;
    assert.deepEqual(model.rowAxes, {
      input: { [input?.name ?? ""]: 0 },
      output: { [output?.name ?? ""]: 0 },
    });
    const answer = await model.run({ [input?.name ?? ""]: tensor("float32", [2, 1, 28, 28]) });
    assert.deepEqual(answer[output?.name ?? ""]?.shape, [2, 10]);
    assert.equal(model.statistics.inferenceCount, 2);
    const { computeInfer, success } = model.statistics.calls;
    assert.ok(computeInfer.ns > 0 && computeInfer.ns <= success.ns);
  } finally {
    await calls.close();
  }
});
