/** The answers of a call that is sent in portions, joined. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Tensor, tensor } from "../../../src/tensor.ts";
import { bench, numbers, rows, settled } from "../fake-workers.ts";
import { range } from "./queued-calls.ts";

test("QueuedCall joins arrays with the errors of rows in their places", async () => {
  const { batcher, finish } = bench({ maxBatchSize: 4 });
  const calls = [batcher.call(["a", "b", "c"]), batcher.call(["d", "e", "f"])];
  await settled();
  const answer = (input: unknown): unknown =>
    (input as string[]).map((text) => (text === "e" ? new Error("no e") : text));
  await finish(0, answer);
  await finish(0, answer);
  assert.deepEqual(await Promise.all(calls), [
    ["a", "b", "c"],
    ["d", new Error("no e"), "f"],
  ]);
});

test("QueuedCall joins records and other axes", async () => {
  const fixture = bench({ maxBatchSize: 2, batchAxis: [1, 0] });
  const columns = tensor("float32", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
  const call = fixture.batcher.call({ x: columns });
  const sums = (input: unknown): unknown => {
    const { data, shape } = (input as { x: Tensor<"float32"> }).x;
    const width = shape[1] ?? 0;
    return { y: rows(...range(width).map((at) => (data[at] ?? 0) + (data[width + at] ?? 0))) };
  };
  await settled();
  await fixture.finish(0, sums);
  await fixture.finish(0, sums);
  assert.deepEqual(await call, { y: rows(5, 7, 9) });
});

/** As a padded model: each row as long as the longest of its batch. */
function padded(input: unknown): unknown {
  const given = numbers(input);
  const width = Math.max(...given);
  return tensor("float32", [given.length, width], new Float32Array(given.length * width).fill(1));
}

test("QueuedCall is run again in one batch where the answers of its parts do not fit", async () => {
  const fixture = bench({ maxBatchSize: 4 });
  const { batcher, workers, finish } = fixture;
  const calls = [batcher.call(rows(1, 2, 3)), batcher.call(rows(4, 5, 6))];
  await settled();
  await finish(0, padded);
  await finish(0, padded);
  await finish(0, padded);
  const shapes = (await Promise.all(calls)).map((answer) => (answer as Tensor).shape);
  assert.deepEqual(shapes, [
    [3, 4],
    [3, 6],
  ]);
  assert.deepEqual(workers.inputs.map(numbers), [
    [1, 2, 3, 4],
    [5, 6],
    [4, 5, 6],
  ]);
  // From now on, none is cut that fits a batch.
  void batcher.call(rows(1, 2, 3));
  void batcher.call(rows(4, 5, 6));
  await settled();
  assert.deepEqual(numbers(workers.running[0]?.input), [1, 2, 3]);
});

test("QueuedCall fails where the answers do not fit and it is larger than a batch", async () => {
  const { batcher, finish } = bench({ maxBatchSize: 2 });
  const call = assert.rejects(batcher.call(rows(1, 2, 3)), {
    name: "TypeError",
    message:
      'The answers of the parts of a call of "double" of runner "fake" cannot be joined: ' +
      'float32[-1, 2] and float32[-1, 3]. Name the method in "notSplittable", or give each row ' +
      "an answer of one shape",
  });
  await settled();
  await finish(0, padded);
  await finish(0, padded);
  await call;
});
