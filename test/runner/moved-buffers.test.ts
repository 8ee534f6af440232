import assert from "node:assert/strict";
import { test } from "node:test";
import { joinPayload } from "../../src/runner/rows/join.ts";
import { type Tensor, tensor } from "../../src/tensor.ts";
import { numbers, rows, settled } from "./fake-workers.ts";
import { type Fixture, recovered, settledAfterLoss, started } from "./moody-runner.ts";
import { poolBench } from "./pool/fake-threads.ts";

const part = (input: Tensor) => ({ input, begin: 0, rows: input.shape[0] ?? 0, isWhole: true });

for (const count of [1, 2]) {
  test(`Pool makes the input of ${count} calls anew when a worker is lost`, async () => {
    const { pool, clock, threads } = await poolBench();
    const inputs = Array.from({ length: count }, (_, at) => rows(at, at + 0.5));
    const makePayload = () => joinPayload(inputs.map(part), 0);
    const call = pool.runNow("batch", makePayload);
    await threads[0]?.die();
    clock.advance(1);
    await settled();
    await threads[1]?.answer();
    const expected = inputs.flatMap(numbers);
    assert.deepEqual(numbers(await call), expected);
    assert.deepEqual(inputs.flatMap(numbers), expected, "the callers keep theirs");
  });
}

test("Pool makes the input of work anew that waited too long behind other work", async () => {
  const { pool, run, clock, threads } = await poolBench({ workers: 2 });
  const input = rows(1, 2);
  const long = [run("plain", 1), run("plain", 2)];
  await settled();
  const ahead = pool.runNow("batch", () => joinPayload([part(input)], 0));
  clock.advance(60);
  await threads[1]?.answer();
  await threads[1]?.answer();
  assert.deepEqual(numbers(await ahead), [1, 2]);
  await threads[0]?.answer();
  await Promise.all(long);
  assert.deepEqual(numbers(input), [1, 2]);
});

/** Makes calls of which the first holds up the worker, so that the others are joined. */
async function joined({ moods }: Fixture, inputs: readonly Tensor<"float32">[]) {
  const busy = moods.spin(20);
  const answers = await Promise.all(inputs.map((input) => moods.double(input)));
  await busy;
  return answers.map(numbers);
}

test("runner() does not move arrays that are in several calls at once", async () => {
  await using fixture = await started();
  const whole = Float32Array.from({ length: 8 }, (_, at) => at);
  const view = tensor("float32", [2, 1], whole.subarray(2, 4));
  const all = tensor("float32", [8, 1], whole);
  const doubled = [0, 2, 4, 6, 8, 10, 12, 14];
  for (const _ of [1, 2]) {
    const answers = await joined(fixture, [view, all, view, all]);
    assert.deepEqual(answers, [[4, 6], doubled, [4, 6], doubled]);
  }
  assert.deepEqual([...whole], [0, 1, 2, 3, 4, 5, 6, 7]);
});

test("runner() does not move the arrays of split calls", async () => {
  await using fixture = await started({ batch: { maxBatchSize: 4 } });
  const inputs = [rows(1, 2, 3), rows(4, 5, 6), rows(7, 8, 9, 10, 11)];
  const before = inputs.map(numbers);
  const answers = await joined(fixture, inputs);
  assert.deepEqual(
    answers,
    before.map((values) => values.map((value) => 2 * value)),
  );
  assert.deepEqual(inputs.map(numbers), before);
});

test("runner() does not move a caller's array when workers are lost", async () => {
  await using fixture = await started();
  const input = tensor("float32", [2], Float32Array.of(1, 2));
  await assert.rejects(settledAfterLoss(fixture, "throwLater", input), { code: "unavailable" });
  assert.deepEqual([...input.data], [1, 2]);
  await recovered(fixture);
  assert.deepEqual(numbers(await fixture.moods.double(input)), [2, 4]);
});
