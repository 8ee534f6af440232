import assert from "node:assert/strict";
import { test } from "node:test";
import { castTensor } from "../../../src/io/tensor/cast.ts";
import { DTYPES, type DType, type Tensor, tensor } from "../../../src/tensor.ts";
import { refused } from "../../bentoml/content/content-of.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const big = 2n ** 63n;

/** What NumPy's `astype` gives, where it wraps nothing. */
const CASTS: readonly (readonly [Tensor, Tensor])[] = [
  [
    tensor("float64", [3], Float64Array.of(1.9, -1.9, -0)),
    tensor("int8", [3], Int8Array.of(1, -1, 0)),
  ],
  [
    tensor("float64", [2], Float64Array.of(0.5, 1e300)),
    tensor("float32", [2], Float32Array.of(0.5, infinity)),
  ],
  [
    tensor("float64", [2], Float64Array.of(nan, -infinity)),
    tensor("float16", [2], Float16Array.of(nan, -infinity)),
  ],
  [
    tensor("float32", [2], Float32Array.of(0.5, nan)),
    tensor("float64", [2], Float64Array.of(0.5, nan)),
  ],
  [
    tensor("float64", [4], Float64Array.of(0, 0.1, nan, -0)),
    tensor("bool", [4], Uint8Array.of(0, 1, 1, 0)),
  ],
  [
    tensor("float64", [2], Float64Array.of(2 ** 62, -1.5)),
    tensor("int64", [2], BigInt64Array.of(2n ** 62n, -1n)),
  ],
  [tensor("int64", [2], BigInt64Array.of(0n, -5n)), tensor("float32", [2], Float32Array.of(0, -5))],
  [tensor("int64", [2], BigInt64Array.of(7n, -7n)), tensor("int16", [2], Int16Array.of(7, -7))],
  [tensor("int64", [2], BigInt64Array.of(0n, -7n)), tensor("bool", [2], Uint8Array.of(0, 1))],
  [
    tensor("uint64", [1], BigUint64Array.of(big - 1n)),
    tensor("int64", [1], BigInt64Array.of(big - 1n)),
  ],
  [tensor("bool", [2], Uint8Array.of(0, 1)), tensor("float32", [2], Float32Array.of(0, 1))],
  [tensor("bool", [2], Uint8Array.of(0, 1)), tensor("uint64", [2], BigUint64Array.of(0n, 1n))],
  [tensor("uint8", [1, 2], Uint8Array.of(0, 255)), tensor("int32", [1, 2], Int32Array.of(0, 255))],
];

for (const [from, to] of CASTS) {
  test(`castTensor() makes ${to.dtype} of ${from.dtype}: ${from.data}`, () => {
    assert.deepEqual(castTensor(from, to.dtype, false), to);
  });
}

test("castTensor() returns a tensor of the dtype unchanged", () => {
  for (const dtype of DTYPES) {
    const given = tensor<DType>(dtype, [2]);
    assert.equal(castTensor(given, dtype, true), given);
  }
});

const MISFITS: readonly (readonly [Tensor, DType, string])[] = [
  [
    tensor("float64", [2], Float64Array.of(0, 128)),
    "int8",
    "element 1 in row-major order is 128, which int8 cannot hold",
  ],
  [
    tensor("float64", [1], Float64Array.of(nan)),
    "int32",
    "element 0 in row-major order is NaN, which int32 cannot hold",
  ],
  [
    tensor("float64", [1], Float64Array.of(-1)),
    "uint8",
    "element 0 in row-major order is -1, which uint8 cannot hold",
  ],
  [
    tensor("float64", [1], Float64Array.of(infinity)),
    "int64",
    "element 0 in row-major order is Infinity, which int64 cannot hold",
  ],
  [
    tensor("float64", [1], Float64Array.of(2 ** 63)),
    "int64",
    "element 0 in row-major order is 9223372036854776000, which int64 cannot hold",
  ],
  [
    tensor("int64", [1], BigInt64Array.of(-1n)),
    "uint64",
    "element 0 in row-major order is -1n, which uint64 cannot hold",
  ],
  [
    tensor("uint64", [1], BigUint64Array.of(big)),
    "int64",
    "element 0 in row-major order is 9223372036854775808n, which int64 cannot hold",
  ],
  [
    tensor("int64", [1], BigInt64Array.of(2n ** 31n)),
    "int32",
    "element 0 in row-major order is 2147483648n, which int32 cannot hold",
  ],
];

for (const [from, dtype, words] of MISFITS) {
  test(`castTensor() refuses ${from.dtype} as ${dtype}: ${from.data}`, () => {
    const message = `Cannot take an array of dtype ${from.dtype} as ${dtype}: ${words}`;
    assert.throws(() => castTensor(from, dtype, false), refused(message));
  });
}

test("castTensor() refuses strings as numbers, and numbers as strings", () => {
  for (const enforce of [true, false]) {
    for (const [from, to] of [
      ["string", "float32"],
      ["float32", "string"],
      ["bool", "string"],
    ] as const) {
      const message = `Cannot take an array of dtype ${from}: its dtype must be ${to}`;
      assert.throws(() => castTensor(tensor<DType>(from, [1]), to, enforce), refused(message));
    }
  }
});

test("castTensor() enforces a dtype as NumPy's same_kind does", () => {
  const kinds: readonly (readonly DType[])[] = [
    ["bool"],
    ["uint8", "uint16", "uint32", "uint64"],
    ["int8", "int16", "int32", "int64"],
    ["float16", "float32", "float64"],
  ];
  for (const [rank, froms] of kinds.entries()) {
    for (const from of froms) {
      for (const [other, tos] of kinds.entries()) {
        for (const to of tos) {
          const cast = () => castTensor(tensor<DType>(from, [1]), to, true);
          if (rank <= other) assert.equal(cast().dtype, to);
          else assert.throws(cast, refused(/its dtype must be/), `${from} to ${to}`);
        }
      }
    }
  }
});
