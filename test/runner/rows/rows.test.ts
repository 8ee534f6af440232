import assert from "node:assert/strict";
import { test } from "node:test";
import { shapeOf } from "../../../src/runner/rows/rows.ts";
import { tensor } from "../../../src/tensor.ts";
import { axes, call } from "../queue/scalar-call.ts";

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
