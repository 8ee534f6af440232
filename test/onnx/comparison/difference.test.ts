import assert from "node:assert/strict";
import { test } from "node:test";
import {
  difference,
  FLOAT16,
  FLOAT32,
  type Tolerance,
} from "../../../src/onnx/comparison/difference.ts";
import { type Tensor, tensor } from "../../../src/tensor.ts";

const floats = (...values: number[]): Tensor =>
  tensor("float32", [1, values.length], Float32Array.from(values));
const halves = (...values: number[]): Tensor =>
  tensor("float16", [1, values.length], Float16Array.from(values));
const longs = (...values: number[]): Tensor =>
  tensor("int64", [values.length], BigInt64Array.from(values.map(BigInt)));
const many = (differing: number): Tensor =>
  longs(...Array.from({ length: 1_000 }, (_, at) => (at < differing ? 1 : 0)));

const { NaN: none, POSITIVE_INFINITY: infinite } = Number;

test("difference() accepts what two backends may round differently", () => {
  const pairs: readonly [Tensor, Tensor, Tolerance][] = [
    [floats(1, 2), floats(1.001, 2.001), FLOAT32],
    // Small beside the largest number of the row.
    [floats(1e-6, 100), floats(2e-3, 100), FLOAT32],
    [floats(none, infinite, -infinite), floats(none, infinite, -infinite), FLOAT32],
    [floats(0, -0), floats(-0, 0), FLOAT32],
    [halves(1, 100), halves(1.5, 101), FLOAT32],
    [floats(1, 100), floats(1.5, 101), FLOAT16],
    [longs(1, 2), longs(1, 2), FLOAT32],
    [many(0), many(10), FLOAT32],
    [tensor("string", [1], ["a"]), tensor("string", [1], ["a"]), FLOAT32],
    [tensor("float32", [0, 2]), tensor("float32", [0, 2]), FLOAT32],
    [tensor("float32", []), tensor("float32", []), FLOAT32],
  ];
  for (const [expected, found, tolerance] of pairs) {
    assert.equal(difference({ y: expected }, { y: found }, tolerance), undefined);
  }
});

test("difference() names the first output that differs, and how", () => {
  const rows = (small: number): Tensor =>
    tensor("float32", [2, 2], Float32Array.of(1_000, 1_000, small, 0));
  const pairs: readonly [Tensor, Tensor, string][] = [
    [floats(1, 2), floats(1, 2.02), "was 2.020 instead of 2.000"],
    [floats(1.5), floats(none), "was NaN instead of 1.500"],
    [floats(none), floats(1.5), "was 1.500 instead of NaN"],
    [floats(1.5), floats(infinite), "was Infinity instead of 1.500"],
    [floats(infinite), floats(65_504), "was 6.550e+4 instead of Infinity"],
    [floats(infinite), floats(-infinite), "was -Infinity instead of Infinity"],
    // Each row has a largest number of its own.
    [rows(0.01), rows(0.02), "was 0.02000 instead of 0.01000"],
    [floats(1, 100), floats(1.5, 101), "was 1.500 instead of 1.000"],
    [longs(1, 2), longs(1, 3), "differed in 1 of 2 elements"],
    [many(0), many(11), "differed in 11 of 1000 elements"],
    [floats(1), floats(1, 2), "was float32 [1, 2] instead of float32 [1, 1]"],
    [floats(1), halves(1), "was float16 [1, 1] instead of float32 [1, 1]"],
    [tensor("string", [1], ["a"]), tensor("string", [1], ["b"]), "differed in 1 of 1 elements"],
  ];
  for (const [expected, found, words] of pairs) {
    const same = floats(1);
    assert.equal(
      difference({ x: same, y: expected }, { x: same, y: found }, FLOAT32),
      `its output "y" ${words}`,
    );
  }
  assert.equal(difference({ y: floats(1) }, {}, FLOAT32), 'its output "y" is missing');
});
