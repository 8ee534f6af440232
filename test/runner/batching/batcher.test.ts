import assert from "node:assert/strict";
import { test } from "node:test";
import { tensor } from "../../../src/tensor.ts";
import { bench, numbers, rows, settled } from "../fake-workers.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

test("Batcher sends a lone call at once, and answers it", async () => {
  const { batcher, workers, records, finish } = bench();
  const call = batcher.call(rows(1, 2));
  await settled();
  assert.equal(workers.running.length, 1);
  await finish(3);
  assert.deepEqual(numbers(await call), [2, 4]);
  assert.deepEqual(records, [
    { rows: 2, units: 2, requests: 1, waitMs: 0, runMs: 3, reason: "idle", workerIndex: 1 },
  ]);
});

test("Batcher joins calls that arrive while the worker is busy, in their order", async () => {
  const { batcher, workers, sizes, finish } = bench();
  const first = batcher.call(rows(0));
  await settled();
  const others = range(5).map((value) => batcher.call(rows(value + 1)));
  await settled();
  assert.deepEqual(sizes(), [1]);
  await finish(10);
  assert.deepEqual(sizes(), [1, 5]);
  assert.deepEqual(numbers(workers.inputs[1]), [1, 2, 3, 4, 5]);
  await finish(10);
  assert.deepEqual((await Promise.all([first, ...others])).map(numbers), [
    [0],
    [2],
    [4],
    [6],
    [8],
    [10],
  ]);
});

test("Batcher joins calls that are made together", async () => {
  const { batcher, sizes } = bench();
  for (const value of range(3)) void batcher.call(rows(value));
  await settled();
  assert.deepEqual(sizes(), [3]);
});

test("Batcher fills batches up to the limit, and keeps the order", async () => {
  const { batcher, workers, sizes, finish } = bench({ maxBatchSize: 4 });
  for (const value of range(10)) void batcher.call(rows(value));
  await settled();
  for (const _ of range(3)) await finish();
  assert.deepEqual(sizes(), [4, 4, 2]);
  assert.deepEqual(workers.inputs.flatMap(numbers), range(10));
});

test("Batcher gives a batch to each idle worker", async () => {
  const { batcher, sizes } = bench({ maxBatchSize: 2 }, 3);
  for (const value of range(7)) void batcher.call(rows(value));
  await settled();
  assert.deepEqual(sizes(), [2, 2, 2]);
});

test("Batcher splits a call of 1,000 rows over batches of 50, and joins its answer", async () => {
  const { batcher, sizes, finish } = bench({ maxBatchSize: 50 });
  const call = batcher.call(rows(...range(1_000)));
  await settled();
  for (const _ of range(20)) await finish();
  assert.deepEqual(sizes(), new Array(20).fill(50));
  assert.deepEqual(
    numbers(await call),
    range(1_000).map((value) => 2 * value),
  );
});

test("Batcher joins the rest of a split call with others", async () => {
  const { batcher, sizes, finish } = bench({ maxBatchSize: 4 });
  const split = batcher.call(rows(...range(6)));
  const other = batcher.call(rows(9));
  await settled();
  await finish();
  await finish();
  assert.deepEqual(sizes(), [4, 3]);
  assert.deepEqual(numbers(await split), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(numbers(await other), [18]);
});

test("Batcher never joins rows of another shape, dtype or name", async () => {
  const { batcher, workers, finish } = bench();
  const one = tensor("float32", [1, 1]);
  const inputs = [
    one,
    tensor("float32", [1, 2]),
    tensor("int32", [1, 1]),
    { a: one },
    { b: one },
    { a: one, b: one },
    { b: one, a: one },
    ["text"],
    [1],
    one,
  ];
  for (const input of inputs) batcher.call(input).catch(() => {});
  await settled();
  for (const _ of range(20)) await finish(0, (input) => input);
  assert.deepEqual(workers.inputs, [
    tensor("float32", [2, 1]),
    tensor("float32", [1, 2]),
    tensor("int32", [1, 1]),
    { a: one },
    { b: one },
    { a: tensor("float32", [2, 1]), b: tensor("float32", [2, 1]) },
    ["text", 1],
  ]);
});

test("Batcher cuts records and arrays apart again", async () => {
  const { batcher, finish } = bench();
  const records = [rows(1), rows(2, 3)].map((x) => batcher.call({ x }));
  const lists = [["a"], ["b", "c"]].map((list) => batcher.call(list));
  await settled();
  await finish(0, (input) => ({ y: (input as { x: unknown }).x }));
  await finish(0, (input) => (input as string[]).map((text) => text.toUpperCase()));
  const found = (await Promise.all(records)).map((record) => numbers((record as { y: unknown }).y));
  assert.deepEqual(found, [[1], [2, 3]]);
  assert.deepEqual(await Promise.all(lists), [["A"], ["B", "C"]]);
});

test("Batcher joins and cuts along other axes", async () => {
  const { batcher, workers, finish } = bench({ batchAxis: [1, 0] });
  const column = (...data: number[]) => tensor("float32", [2, 1], Float32Array.from(data));
  const calls = [batcher.call(column(1, 2)), batcher.call(column(3, 4))];
  await settled();
  assert.deepEqual(workers.inputs, [tensor("float32", [2, 2], Float32Array.of(1, 3, 2, 4))]);
  await finish(0, () => rows(10, 20));
  assert.deepEqual((await Promise.all(calls)).map(numbers), [[10], [20]]);
});

test("Batcher refuses a value that cannot be batched", async () => {
  const { batcher } = bench();
  await assert.rejects(batcher.call(5), { name: "TypeError", message: /takes a tensor, a record/ });
  await assert.rejects(batcher.call(tensor("float32", [])), { code: "invalid_argument" });
  const uneven = { a: rows(1), b: rows(1, 2) };
  await assert.rejects(batcher.call(uneven), {
    code: "invalid_argument",
    message: 'All tensors of a call must have as many rows, but "a" has 1 and "b" has 2',
  });
});

test("Batcher fails a batch whose method answers other rows than it was given", async () => {
  const { batcher, finish } = bench();
  const call = assert.rejects(batcher.call(rows(1, 2)), {
    message: /was given 2, but answered 1$/,
  });
  await settled();
  await finish(0, () => rows(1));
  await call;
});

test("Batcher removes a canceled call from the queue", async () => {
  const { batcher, workers, finish } = bench();
  void batcher.call(rows(0));
  await settled();
  const caller = new AbortController();
  const gone = assert.rejects(batcher.call(rows(1), caller), { message: "gone" });
  const stays = batcher.call(rows(2));
  await settled();
  caller.abort(new Error("gone"));
  await gone;
  await finish();
  await finish();
  assert.deepEqual(workers.inputs.map(numbers), [[0], [2]]);
  assert.deepEqual(numbers(await stays), [4]);
});

test("Batcher rejects a canceled call of a running batch at once", async () => {
  const { batcher, finish } = bench();
  const caller = new AbortController();
  const gone = assert.rejects(batcher.call(rows(1), caller), { message: "gone" });
  const stays = batcher.call(rows(2));
  await settled();
  caller.abort(new Error("gone"));
  await gone;
  await finish();
  assert.deepEqual(numbers(await stays), [4]);
});

test("Batcher cancels all parts of a split call", async () => {
  const { batcher, sizes, finish } = bench({ maxBatchSize: 2 });
  const caller = new AbortController();
  const gone = assert.rejects(batcher.call(rows(...range(10)), caller), { message: "gone" });
  await settled();
  caller.abort(new Error("gone"));
  await gone;
  await finish();
  assert.deepEqual(sizes(), [2]);
  assert.equal(batcher.stats().queuedRows, 0);
});
