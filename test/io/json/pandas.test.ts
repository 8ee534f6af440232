import assert from "node:assert/strict";
import { test } from "node:test";
import { dataframe } from "../../../src/io/table/dataframe.ts";
import { series } from "../../../src/io/table/series.ts";
import { ndarray } from "../../../src/io/tensor/ndarray.ts";

const bytes = (text: string) => ({ bytes: new TextEncoder().encode(text), type: undefined });

test("ndarray() reads what NumPy and Python's json write", async () => {
  const floats = await ndarray({ dtype: "float32" }).decode(bytes("[NaN, -Infinity, 1.5]"));
  assert.deepEqual([...floats.data], [Number.NaN, Number.NEGATIVE_INFINITY, 1.5]);
  const whole = await ndarray({ dtype: "int64" }).decode(bytes("[9223372036854775807, 1]"));
  assert.deepEqual([...whole.data], [2n ** 63n - 1n, 1n]);
  const untyped = await ndarray().decode(bytes("[9007199254740993, 1]"));
  assert.deepEqual([untyped.dtype, [...untyped.data]], ["int64", [2n ** 53n + 1n, 1n]]);
});

test("series() and dataframe() read what pandas writes", async () => {
  const { data } = await series({ dtype: "int64" }).decode(bytes("[9223372036854775807, 1, NaN]"));
  assert.deepEqual(data, ["9223372036854775807", 1, null]);
  const frame = await dataframe().decode(bytes('[{"id": 9223372036854775807, "x": NaN}]'));
  assert.deepEqual(frame, { columns: ["id", "x"], data: [["9223372036854775807"], [null]] });
});
