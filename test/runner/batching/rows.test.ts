import assert from "node:assert/strict";
import { test } from "node:test";
import { cutRows, joinRows, shapeOf } from "../../../src/runner/batching/rows.ts";
import { type Tensor, tensor } from "../../../src/tensor.ts";

/** A scalar beside rows along axis 1. */
const axes = { x: 1 };

function call(columns: number, scalar: number): Record<string, Tensor> {
  return {
    x: tensor(
      "float32",
      [2, columns],
      Float32Array.from({ length: 2 * columns }, (_, at) => at),
    ),
    s: tensor("float32", [], Float32Array.of(scalar)),
  };
}

test("shapeOf() counts rows along the axis of each tensor", () => {
  assert.equal(shapeOf(call(3, 1), axes).rows, 3);
});

test("shapeOf() gives calls one key where their tensors without rows are equal", () => {
  const { key } = shapeOf(call(3, 1), axes);
  assert.equal(shapeOf(call(1, 1), axes).key, key);
  assert.notEqual(shapeOf(call(3, 2), axes).key, key);
  const { x } = call(3, 1);
  const texts = (...data: string[]): object => ({ x, s: tensor("string", [data.length], data) });
  assert.equal(shapeOf(texts("a", "b"), axes).key, shapeOf(texts("a", "b"), axes).key);
  assert.notEqual(shapeOf(texts("a", "b"), axes).key, shapeOf(texts("ab", ""), axes).key);
  const flat = { x, s: tensor("uint8", [2]) };
  const square = { x, s: tensor("uint8", [2, 1]) };
  assert.notEqual(shapeOf(flat, axes).key, shapeOf(square, axes).key);
});

test("shapeOf() never joins calls with a large tensor without rows", () => {
  const large = { x: call(1, 1)["x"], s: tensor("float32", [1_000]) };
  assert.notEqual(shapeOf(large, axes).key, shapeOf(large, axes).key);
});

test("joinRows() and cutRows() leave tensors without rows as they are", () => {
  const calls = [call(1, 5), call(3, 5)];
  const joined = joinRows(calls, axes) as Record<string, Tensor>;
  assert.deepEqual(joined["x"]?.shape, [2, 4]);
  assert.deepEqual(joined["s"], calls[0]?.["s"]);
  const parts = cutRows(joined, [1, 3], axes) as Record<string, Tensor>[];
  assert.deepEqual(parts, calls);
  assert.notEqual(parts[0]?.["s"]?.data, parts[1]?.["s"]?.data, "each its own copy");
});

test("cutRows() refuses other rows of joined calls, and takes any of a call alone", () => {
  const answer = call(2, 1);
  assert.throws(() => cutRows(answer, [1, 3], axes), /was given 4, but answered 2/);
  assert.deepEqual(cutRows(answer, [3], axes), [answer]);
  assert.throws(() => cutRows({ x: answer["x"] }, [3], 0), /was given 3, but answered 2/);
});
