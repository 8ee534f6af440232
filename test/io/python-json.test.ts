import assert from "node:assert/strict";
import { test } from "node:test";
import { dataframe } from "../../src/io/dataframe.ts";
import { ndarray } from "../../src/io/ndarray.ts";
import { PANDAS, plainJson } from "../../src/io/python-json.ts";
import { series } from "../../src/io/series.ts";

const NUMPY = { nonFinite: "names", bigIntegers: true } as const;

for (const [text, plain] of [
  ["[NaN, -Infinity,Infinity]", '["NaN", "-Infinity","Infinity"]'],
  ["NaN", '"NaN"'],
  ['["NaN", "a\\"NaN", "\\\\", NaN]', '["NaN", "a\\"NaN", "\\\\", "NaN"]'],
  ["[9223372036854775807,-9223372036854775808]", '["9223372036854775807","-9223372036854775808"]'],
  ["[9007199254740991, 9007199254740993]", '[9007199254740991, "9007199254740993"]'],
  ["[0.12345678901234567, 1e400, 1234567890123456789.5, 12345678901234567890e3]", undefined],
  ['{"id 12345678901234567890": "12345678901234567890"}', undefined],
  ['["NaN', undefined],
  ["[NaNs, xNaN, Infinity2]", undefined],
  ["[1, 2]", undefined],
] as const) {
  test(`plainJson() makes JSON of ${text}`, () => {
    assert.equal(plainJson(text, NUMPY), plain ?? text);
  });
}

test("plainJson() reads NaN and Infinity as missing cells where that is wanted", () => {
  assert.equal(plainJson("[NaN, -Infinity, 1]", PANDAS), "[null, null, 1]");
});

test("plainJson() leaves integers alone where they are floats", () => {
  const text = "[9223372036854775807]";
  assert.equal(plainJson(text, { nonFinite: "names", bigIntegers: false }), text);
});

const bytes = (text: string) => ({ bytes: new TextEncoder().encode(text), type: undefined });

test("ndarray() reads what NumPy and Python's json write", async () => {
  const floats = await ndarray({ dtype: "float32" }).decode(bytes("[NaN, -Infinity, 1.5]"));
  assert.deepEqual([...floats.data], [Number.NaN, Number.NEGATIVE_INFINITY, 1.5]);
  const whole = await ndarray({ dtype: "int64" }).decode(bytes("[9223372036854775807, 1]"));
  assert.deepEqual([...whole.data], [2n ** 63n - 1n, 1n]);
  const untyped = await ndarray().decode(bytes("[9007199254740993, 1]"));
  assert.deepEqual([...untyped.data], [2 ** 53, 1]);
});

test("series() and dataframe() read what pandas writes", async () => {
  const { data } = await series({ dtype: "int64" }).decode(bytes("[9223372036854775807, 1, NaN]"));
  assert.deepEqual(data, ["9223372036854775807", 1, null]);
  const frame = await dataframe().decode(bytes('[{"id": 9223372036854775807, "x": NaN}]'));
  assert.deepEqual(frame, { columns: ["id", "x"], data: [["9223372036854775807"], [null]] });
});
