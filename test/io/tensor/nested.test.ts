import assert from "node:assert/strict";
import { test } from "node:test";
import { fromNested, type Nested, toNested } from "../../../src/io/tensor/nested.ts";
import { DTYPES, type DType, type Tensor, tensor } from "../../../src/tensor.ts";

const INFERRED: readonly [unknown, DType, readonly number[], readonly unknown[]][] = [
  [5, "float64", [], [5]],
  [true, "bool", [], [1]],
  ["a", "string", [], ["a"]],
  [[], "float64", [0], []],
  [[[], []], "float64", [2, 0], []],
  [[1, 2.5], "float64", [2], [1, 2.5]],
  [[[1], [2], [3]], "float64", [3, 1], [1, 2, 3]],
  [[[[1, 2]], [[3, 4]]], "float64", [2, 1, 2], [1, 2, 3, 4]],
  [[true, false], "bool", [2], [1, 0]],
  [["a", "b"], "string", [2], ["a", "b"]],
  [["NaN", 1, "-Infinity"], "float64", [3], [Number.NaN, 1, -Infinity]],
  [[["NaN"], ["b"]], "string", [2, 1], ["NaN", "b"]],
  [["NaN", "Infinity"], "string", [2], ["NaN", "Infinity"]],
];

for (const [value, dtype, shape, data] of INFERRED) {
  test(`fromNested() infers ${dtype} for ${JSON.stringify(value)}`, () => {
    const made = fromNested(value);
    assert.deepEqual([made.dtype, made.shape, [...made.data]], [dtype, shape, data]);
  });
}

const ROUND: readonly [Tensor, Nested][] = [
  [
    tensor("float64", [2, 2], Float64Array.of(1, 2, 3, 4)),
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [tensor("float64", [], Float64Array.of(0.5)), 0.5],
  [tensor("float64", [0]), []],
  [tensor("float64", [2, 0]), [[], []]],
  [
    tensor("float32", [3], Float32Array.of(Number.NaN, 0.1, -Infinity)),
    ["NaN", Math.fround(0.1), "-Infinity"],
  ],
  [tensor("float16", [2], Float16Array.of(65_504, Infinity)), [65_504, "Infinity"]],
  [tensor("int8", [2], Int8Array.of(-128, 127)), [-128, 127]],
  [tensor("uint8", [2], Uint8Array.of(0, 255)), [0, 255]],
  [tensor("int16", [1], Int16Array.of(-32_768)), [-32_768]],
  [tensor("uint16", [1], Uint16Array.of(65_535)), [65_535]],
  [tensor("int32", [1], Int32Array.of(-(2 ** 31))), [-(2 ** 31)]],
  [tensor("uint32", [1], Uint32Array.of(2 ** 32 - 1)), [2 ** 32 - 1]],
  [
    tensor("int64", [3], BigInt64Array.of(-5n, 2n ** 53n, -(2n ** 63n))),
    [-5, "9007199254740992", "-9223372036854775808"],
  ],
  [
    tensor("uint64", [2], BigUint64Array.of(2n ** 53n - 1n, 2n ** 64n - 1n)),
    [2 ** 53 - 1, "18446744073709551615"],
  ],
  [tensor("bool", [2], Uint8Array.of(1, 0)), [true, false]],
  [tensor("string", [1, 2], ["a", "NaN"]), [["a", "NaN"]]],
];

for (const [made, nested] of ROUND) {
  const text = JSON.stringify(nested);
  test(`toNested() writes ${made.dtype} as ${text}, and fromNested() reads it`, () => {
    assert.deepEqual(toNested(made), nested);
    assert.deepEqual(fromNested(JSON.parse(text), made.dtype, { enforceDtype: true }), made);
  });
}

const CAST: readonly [readonly unknown[], DType, readonly unknown[]][] = [
  [[1.9, -1.9, -0.5, true], "int32", [1, -1, 0, 1]],
  [[255.9, false], "uint8", [255, 0]],
  [[2.5, true, "12"], "int64", [2n, 1n, 12n]],
  [[true, false, 3], "float32", [1, 0, 3]],
  [[1e300, -1e6], "float32", [Infinity, -1e6]],
  [[70_000], "float16", [Infinity]],
  [[0, 2, -0.5, true], "bool", [0, 1, 1, 1]],
];

for (const [value, dtype, data] of CAST) {
  test(`fromNested() casts ${JSON.stringify(value)} to ${dtype}, unless enforced`, () => {
    // Adding zero makes -0 equal to 0.
    const cast = [...fromNested(value, dtype).data].map((x) => (x === 0 ? 0 : x));
    assert.deepEqual(cast, data);
    assert.throws(() => fromNested(value, dtype, { enforceDtype: true }), {
      code: "invalid_argument",
      message: new RegExp(`dtype ${dtype}: \\[\\d\\] must be `),
    });
  });
}

test("fromNested() takes floats up to the largest that rounds to a finite one", () => {
  const enforced = { enforceDtype: true };
  assert.deepEqual([...fromNested([65_519], "float16", enforced).data], [65_504]);
  assert.throws(() => fromNested([65_520], "float16", enforced), /65520/);
  assert.throws(() => fromNested([2 ** 128 - 2 ** 103], "float32", enforced), /3\.4028/);
  assert.equal(fromNested([2 ** 128 - 2 ** 104], "float32", enforced).data[0], 2 ** 128 - 2 ** 104);
});

const REFUSED: readonly [unknown, DType | undefined, RegExp][] = [
  [[1, [2]], undefined, /\[1\] must be a number.*but was an array of 1/],
  [[[1], 2], undefined, /ragged arrays: \[1\] must be an array of 1, as \[0\] is, but was 2/],
  [[[1, 2], [3]], undefined, /ragged arrays: \[1\] must be an array of 2.*but was an array of 1/],
  [
    [
      [[1], [2]],
      [[3], []],
    ],
    undefined,
    /\[1\]\[1\] must be an array of 1, as \[0\]\[0\] is/,
  ],
  [[[], [1]], undefined, /\[1\] must be an array of 0/],
  [
    [
      [1, 2],
      [3, null],
    ],
    undefined,
    /\[1\]\[1\] must be a number.*but was null/,
  ],
  [[null], undefined, /tensor: \[0\] must be a number, a boolean or a string, but was null$/],
  [[1, true], undefined, /float64, as its first elements are: \[1\] .*but was true/],
  [[true, 1], undefined, /bool.*\[1\] must be a boolean, but was 1/],
  [["a", 1], undefined, /string.*\[1\] must be a string, but was 1/],
  [{ a: 1 }, undefined, /the value must be a number.*but was an object/],
  [null, undefined, /the value must be a number.*but was null/],
  [[128], "int8", /\[0\] must be a whole number from -128 to 127, but was 128/],
  [[-1], "uint8", /from 0 to 255, but was -1/],
  [[-1], "uint64", /from 0 to 18446744073709551615/],
  [[[0], [2 ** 32]], "uint32", /\[1\]\[0\] must/],
  [["1"], "int32", /but was "1"/],
  [["1.5"], "float32", /but was "1.5"/],
  [[null], "float32", /but was null/],
  [["NaN"], "int32", /but was "NaN"/],
  [
    [2 ** 53],
    "int64",
    /was 9007199254740992, a double that may have lost digits: send it as a string/,
  ],
  [["9223372036854775808"], "int64", /but was "9223372036854775808"/],
  [["0x10"], "int64", /but was "0x10"/],
  [["1".repeat(100_000)], "int64", /but was "1{60}…"/],
  [["yes"], "bool", /must be a boolean, but was "yes"/],
  [[1], "string", /must be a string, but was 1/],
  [[true], "string", /must be a string, but was true/],
];

for (const [value, dtype, message] of REFUSED) {
  test(`fromNested() refuses ${JSON.stringify(value).slice(0, 40)} as ${dtype}`, () => {
    assert.throws(() => fromNested(value, dtype), { code: "invalid_argument", message });
  });
}

test("fromNested() takes 32 axes and refuses 33", () => {
  const nest = (axes: number): unknown => (axes === 0 ? 1 : [nest(axes - 1)]);
  assert.equal(fromNested(nest(32)).shape.length, 32);
  assert.throws(() => fromNested(nest(33)), { code: "invalid_argument", message: /at most 32/ });
});

test("fromNested() allocates nothing for ragged arrays, however large they claim to be", () => {
  const rows = [new Array(100_000).fill(0), ...Array.from({ length: 100_000 }, () => [])];
  assert.throws(() => fromNested(rows), { code: "invalid_argument", message: /\[1\] must be/ });
});

for (const dtype of [undefined, ...DTYPES]) {
  test(`fromNested() refuses a number beyond a double as ${dtype}`, () => {
    for (const enforceDtype of [true, false]) {
      const made = () => fromNested(JSON.parse("[1, -1e400]"), dtype, { enforceDtype });
      assert.throws(made, { code: "invalid_argument" });
    }
  });
}

test("toNested() drops only the sign of -0 in JSON", () => {
  const [zero] = toNested(tensor("float64", [1], Float64Array.of(-0))) as number[];
  assert.ok(Object.is(zero, -0));
  assert.equal(JSON.stringify([zero]), "[0]");
});
