import assert from "node:assert/strict";
import { test } from "node:test";
import { takeRows } from "../../../src/runner/rows/slices.ts";
import { tensor } from "../../../src/tensor.ts";

const grid = tensor("int32", [2, 3], Int32Array.of(1, 2, 3, 4, 5, 6));
const words = tensor("string", [3], ["a", "b", "c"]);
for (const [what, value, places, axis, wanted] of [
  ["an array", ["a", "b", "c"], [2, 0], 0, ["c", "a"]],
  ["a tensor", grid, [1, 0], 0, tensor("int32", [2, 3], Int32Array.of(4, 5, 6, 1, 2, 3))],
  ["another axis", grid, [2, 0], 1, tensor("int32", [2, 2], Int32Array.of(3, 1, 6, 4))],
  ["texts", words, [2, 1], 0, tensor("string", [2], ["c", "b"])],
  [
    "a record with a tensor that carries no rows",
    { x: grid, s: words },
    [0],
    { x: 1 },
    { x: tensor("int32", [2, 1], Int32Array.of(1, 4)), s: words },
  ],
] as const) {
  test(`takeRows() takes the rows of ${what}`, () => {
    assert.deepEqual(takeRows(value, Uint32Array.from(places), axis), wanted);
  });
}
