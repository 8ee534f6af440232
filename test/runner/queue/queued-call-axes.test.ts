/** Calls whose tensors have their rows along axes of their own, or have none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { batchSettings } from "../../../src/runner/batching/batch-options.ts";
import { type Tensor, tensor } from "../../../src/tensor.ts";
import { type Bench, bench, numbers, rows, settled } from "../fake-workers.ts";

const range = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, at) => from + at);

/** A model with rows along another axis of each tensor, and an output of 4 kB without rows. */
const mixed = {
  bench: (maxBatchSize: number): Bench => {
    const axes = { axisIn: { columns: 1, rows: 0 }, axisOut: { sums: 0 } };
    return bench({}, 1, { settings: { ...batchSettings({ maxBatchSize }), ...axes } });
  },
  answer: (weight: number) => (input: unknown) => {
    const { columns } = input as { columns: Tensor<"float32"> };
    const width = columns.shape[1] ?? 0;
    const sums = range(width).map(
      (at) => (columns.data[at] ?? 0) + (columns.data[width + at] ?? 0),
    );
    return { sums: rows(...sums), weights: rows(...new Array<number>(1_000).fill(weight)) };
  },
  /** A call of rows from a number on. */
  call: (from: number, count: number) => ({
    columns: tensor(
      "float32",
      [2, count],
      Float32Array.from([...range(count, from), ...range(count, from)]),
    ),
    rows: rows(...range(count)),
    scale: tensor("float32", [], Float32Array.of(2)),
  }),
} as const;

test("QueuedCall joins tensors along the axis of each, and one without rows as it is", async () => {
  const fixture = mixed.bench(10);
  const calls = range(5).map((at) => fixture.batcher.call(mixed.call(5 * at, at === 4 ? 15 : 5)));
  await settled();
  while (fixture.workers.running.length > 0) await fixture.finish(0, mixed.answer(7));
  const answers = (await Promise.all(calls)) as { sums: Tensor; weights: Tensor }[];
  assert.deepEqual(
    answers.flatMap(({ sums }) => numbers(sums)),
    range(35).map((n) => 2 * n),
  );
  assert.deepEqual(new Set(answers.flatMap(({ weights }) => numbers(weights))), new Set([7]));
  assert.deepEqual(
    fixture.records.map(({ rows: count }) => count),
    [10, 10, 10, 5],
  );
});

test("QueuedCall fails where parts differ in a tensor without rows", async () => {
  const { batcher, finish } = mixed.bench(4);
  const call = assert.rejects(batcher.call(mixed.call(0, 6)), {
    name: "TypeError",
    message: /cannot be joined: "weights", which has no rows, differs between them\. Name the/,
  });
  await settled();
  await finish(0, mixed.answer(7));
  await finish(0, mixed.answer(8));
  await call;
});
