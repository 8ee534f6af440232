import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import { NDArray_DType as MessageDType } from "../../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { type NdarrayOptions, ndarray } from "../../../src/io/tensor/ndarray.ts";
import { type DType, type Tensor, type TensorData, tensor } from "../../../src/tensor.ts";
import { read, refused, type Sent, write } from "./content-of.ts";

type Message = NonNullable<Extract<Sent, { case: "ndarray" }>["value"]>;

const sent = (value: Message): Sent => ({ case: "ndarray", value });
const bytes = (...value: readonly number[]): Sent => ({
  case: "serializedBytes",
  value: Uint8Array.from(value),
});

const { DTYPE_FLOAT, DTYPE_DOUBLE, DTYPE_BOOL, DTYPE_INT32 } = MessageDType;
const { DTYPE_INT64, DTYPE_UINT32, DTYPE_UINT64, DTYPE_STRING } = MessageDType;
const big = 2n ** 63n - 1n;

/** Each dtype of the message: its tensor, its number, its field, and the field in JSON. */
const DTYPES: readonly (readonly [Tensor, MessageDType, Message, JsonValue])[] = [
  [
    tensor("float32", [4], Float32Array.of(0.5, -1, Number.NaN, Number.POSITIVE_INFINITY)),
    DTYPE_FLOAT,
    { floatValues: [0.5, -1, Number.NaN, Number.POSITIVE_INFINITY] },
    { dtype: "DTYPE_FLOAT", floatValues: [0.5, -1, "NaN", "Infinity"] },
  ],
  [
    tensor("float64", [2], Float64Array.of(0.1, -2)),
    DTYPE_DOUBLE,
    { doubleValues: [0.1, -2] },
    { dtype: "DTYPE_DOUBLE", doubleValues: [0.1, -2] },
  ],
  [
    tensor("bool", [2], Uint8Array.of(1, 0)),
    DTYPE_BOOL,
    { boolValues: [true, false] },
    { dtype: "DTYPE_BOOL", boolValues: [true, false] },
  ],
  [
    tensor("int32", [2], Int32Array.of(-(2 ** 31), 7)),
    DTYPE_INT32,
    { int32Values: [-(2 ** 31), 7] },
    { dtype: "DTYPE_INT32", int32Values: [-(2 ** 31), 7] },
  ],
  [
    tensor("int64", [2], BigInt64Array.of(big, -7n)),
    DTYPE_INT64,
    { int64Values: [big, -7n] },
    { dtype: "DTYPE_INT64", int64Values: [String(big), "-7"] },
  ],
  [
    tensor("uint32", [1], Uint32Array.of(2 ** 32 - 1)),
    DTYPE_UINT32,
    { uint32Values: [2 ** 32 - 1] },
    { dtype: "DTYPE_UINT32", uint32Values: [2 ** 32 - 1] },
  ],
  [
    tensor("uint64", [1], BigUint64Array.of(2n ** 64n - 1n)),
    DTYPE_UINT64,
    { uint64Values: [2n ** 64n - 1n] },
    { dtype: "DTYPE_UINT64", uint64Values: [String(2n ** 64n - 1n)] },
  ],
  [
    tensor("string", [2], ["a", ""]),
    DTYPE_STRING,
    { stringValues: ["a", ""] },
    { dtype: "DTYPE_STRING", stringValues: ["a", ""] },
  ],
];

for (const [value, dtype, message, json] of DTYPES) {
  const { shape } = value;
  test(`decodeContent() reads ${value.dtype} by its dtype, and by the field`, async () => {
    assert.deepEqual(await read(ndarray(), sent({ ...message, dtype, shape: [...shape] })), value);
    assert.deepEqual(await read(ndarray(), sent(message)), value);
  });

  test(`encodeContent() writes ${value.dtype}`, async () => {
    assert.deepEqual(await write(ndarray(), value), { ndarray: { ...(json as object), shape } });
  });
}

/** Options of the descriptor, a message, and the tensor. */
const READ: readonly (readonly [string, NdarrayOptions, Sent, Tensor])[] = [
  [
    "a shape",
    {},
    sent({ int32Values: [1, 2, 3, 4], shape: [2, 2] }),
    tensor("int32", [2, 2], Int32Array.of(1, 2, 3, 4)),
  ],
  [
    "a shape with -1",
    {},
    sent({ int32Values: [1, 2, 3, 4], shape: [2, -1] }),
    tensor("int32", [2, 2], Int32Array.of(1, 2, 3, 4)),
  ],
  ["no values", {}, sent({}), tensor("float64", [0])],
  ["no values of a dtype", {}, sent({ dtype: DTYPE_INT32 }), tensor("int32", [0])],
  ["a shape without values", {}, sent({ shape: [2, 3] }), tensor("float64", [2, 3])],
  [
    "no values as of the descriptor's dtype",
    { dtype: "int8", enforceDtype: true },
    sent({}),
    tensor("int8", [0]),
  ],
  ["no strings", { dtype: "string" }, sent({}), tensor("string", [0])],
  [
    "another dtype",
    { dtype: "float32" },
    sent({ doubleValues: [0.5] }),
    tensor("float32", [1], Float32Array.of(0.5)),
  ],
  [
    "another dtype of the kind",
    { dtype: "float32", enforceDtype: true },
    sent({ int64Values: [5n] }),
    tensor("float32", [1], Float32Array.of(5)),
  ],
  [
    "the descriptor's shape",
    { shape: [-1, 2] },
    sent({ int32Values: [1, 2] }),
    tensor("int32", [1, 2], Int32Array.of(1, 2)),
  ],
  [
    "a shape that cannot be the descriptor's",
    { shape: [3] },
    sent({ int32Values: [1, 2] }),
    tensor("int32", [2], Int32Array.of(1, 2)),
  ],
  [
    "bytes",
    { dtype: "int16", shape: [1, -1] },
    bytes(1, 0, 0xff, 0xff),
    tensor("int16", [1, 2], Int16Array.of(1, -1)),
  ],
  [
    "bytes of booleans",
    { dtype: "bool" },
    bytes(0, 1, 2),
    tensor("bool", [3], Uint8Array.of(0, 1, 1)),
  ],
  ["no bytes", { dtype: "float64" }, bytes(), tensor("float64", [0])],
];

for (const [what, options, content, value] of READ) {
  test(`decodeContent() reads an array with ${what}`, async () => {
    assert.deepEqual(await read(ndarray(options), content), value);
  });
}

const REFUSED: readonly (readonly [string, NdarrayOptions, Sent, RegExp])[] = [
  [
    "values in two fields",
    {},
    sent({ int32Values: [1], floatValues: [1] }),
    /values in float_values and int32_values: without a dtype, only one/,
  ],
  [
    "values in another field than its dtype's",
    {},
    sent({ dtype: DTYPE_FLOAT, int32Values: [1] }),
    /dtype float32 with values in int32_values: they must be in float_values/,
  ],
  ["a dtype that there is not", {}, sent({ dtype: 99 as never }), /^99 is no dtype of an array$/],
  [
    "a shape for more values",
    {},
    sent({ int32Values: [1, 2, 3], shape: [2, 2] }),
    /^Cannot make an array of shape \[2, 2\] of 3 values$/,
  ],
  ["a shape for one value", {}, sent({ int32Values: [1], shape: [2] }), /of 1 value$/],
  [
    "a shape for values that are not there",
    {},
    sent({ dtype: DTYPE_INT32, shape: [2] }),
    /shape \[2\] of 0 values/,
  ],
  [
    "a shape that leaves a fraction",
    {},
    sent({ int32Values: [1, 2, 3], shape: [-1, 2] }),
    /shape \[-1, 2\] of 3/,
  ],
  ["two axes of -1", {}, sent({ int32Values: [1, 2], shape: [-1, -1] }), /shape \[-1, -1\]/],
  ["a negative axis", {}, sent({ int32Values: [1, 2], shape: [-2, -1] }), /shape \[-2, -1\]/],
  ["a negative axis without values", {}, sent({ shape: [-1] }), /shape \[-1\] of 0/],
  ["-1 beside 0", {}, sent({ dtype: DTYPE_INT32, shape: [0, -1] }), /shape \[0, -1\]/],
  ["a shape of gigabytes without values", {}, sent({ shape: [2 ** 30, 2] }), /of 0 values/],
  [
    "too many axes",
    {},
    sent({ int32Values: [1], shape: new Array(33).fill(1) }),
    /at most 32 axes/,
  ],
  [
    "a dtype of another kind",
    { dtype: "int32", enforceDtype: true },
    sent({ floatValues: [1] }),
    /^Cannot take an array of dtype float32: its dtype must be int32$/,
  ],
  [
    "an element that does not fit",
    { dtype: "int32" },
    sent({ doubleValues: [1, 2 ** 31] }),
    /element 1 in row-major order is 2147483648, which int32 cannot hold/,
  ],
  [
    "another shape",
    { shape: [3], enforceShape: true },
    sent({ floatValues: [1] }),
    /it must be \[3\]/,
  ],
  ["bytes without a dtype", {}, bytes(1), /^'serialized_bytes' requires specifying 'dtype'/],
  [
    "bytes for strings",
    { dtype: "string" },
    bytes(1),
    /^'serialized_bytes' requires specifying 'dtype'/,
  ],
  [
    "bytes of half an element",
    { dtype: "int32" },
    bytes(1, 2, 3),
    /must have a multiple of 4 bytes, but was given 3/,
  ],
];

for (const [what, options, content, words] of REFUSED) {
  test(`decodeContent() refuses an array with ${what}`, async () => {
    await assert.rejects(read(ndarray(options), content), refused(words));
  });
}

test("encodeContent() refuses a dtype that the message does not have", async () => {
  for (const dtype of ["float16", "int8", "int16", "uint8", "uint16"] as const) {
    await assert.rejects(
      write(ndarray(), tensor<DType>(dtype, [1])),
      refused(/^Unsupported dtype '/),
    );
  }
});

test("encodeContent() writes a scalar as one value", async () => {
  const data: TensorData["float32"] = Float32Array.of(0.5);
  const { ndarray: message } = await write(ndarray(), { dtype: "float32", shape: [], data });
  assert.deepEqual(message, { dtype: "DTYPE_FLOAT", floatValues: [0.5] });
});
