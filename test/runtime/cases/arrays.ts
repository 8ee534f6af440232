/** ndarray() and namedTensors(): the requests, and the right answers. */
import { api, json, namedTensors, ndarray, tensor, text } from "ekiben";
import { base64Of, bytesOf, equal } from "./check.ts";
import type { Exchange } from "./exchange.ts";
import samples from "./samples.json" with { type: "json" };

const NPY = "application/x-npy";
const RAW = "application/octet-stream";
const { npy, raw } = samples;

const tensors = {
  scores: tensor("float32", [2, 2], Float32Array.of(0.1, Number.NaN, -0, Infinity)),
  labels: tensor("string", [2], ["a", "日本"]),
  counts: tensor("int64", [3], BigInt64Array.of(1n, -5n, 2n ** 53n)),
  flags: tensor("bool", [], Uint8Array.of(1)),
  empty: tensor("float64", [2, 0]),
};
const NDARRAY = { dtype: "float32", shape: [-1, 2], enforceShape: true } as const;
const FLOATS = { dtype: "DTYPE_FLOAT", shape: [2, 2], floatValues: [1, 2.5, 3, -4] };
const DOUBLED = { ...FLOATS, floatValues: [2, 5, 6, -8] };

export const NDARRAY_APIS = {
  double: api({ input: ndarray(NDARRAY), output: ndarray() }, ({ shape, data }) =>
    tensor(
      "float32",
      shape,
      data.map((each) => 2 * each),
    ),
  ),
  bytes: api({ input: ndarray({ dtype: "float32" }), output: ndarray() }, (value) => value),
  array: api({ input: ndarray(), output: ndarray() }, (value) => value),
  strict: api(
    { input: ndarray({ dtype: "uint8", enforceDtype: true }), output: ndarray() },
    (value) => value,
  ),
  reshaped: api(
    { input: ndarray({ dtype: "int64", shape: [2, -1] }), output: ndarray() },
    (value) => value,
  ),
  half: api({ input: ndarray({ dtype: "float16" }), output: ndarray() }, (value) => value),
  words: api({ input: ndarray(), output: ndarray({ nonFinite: "string" }) }, (value) => value),
  literal: api({ input: ndarray(), output: ndarray({ nonFinite: "literal" }) }, (value) => value),
};

export const NDARRAYS: readonly Exchange[] = [
  {
    api: "double",
    what: "an array",
    rest: [
      "[[1, 2.5], [3, -4]]",
      {
        json: [
          [2, 5],
          [6, -8],
        ],
      },
    ],
    message: [{ ndarray: FLOATS }, { ndarray: DOUBLED }],
  },
  {
    api: "bytes",
    what: "elements",
    message: [{ serializedBytes: raw.float32 }, { ndarray: { ...FLOATS, shape: [4] } }],
  },
  {
    api: "double",
    what: "a file of NumPy",
    rest: [bytesOf(npy.float32), { base64: npy.doubled }, { "content-type": NPY, accept: NPY }],
  },
  {
    api: "double",
    what: "bare elements",
    rest: [
      bytesOf(raw.float32),
      async (response) => {
        const { headers } = response;
        equal([headers.get("ekiben-dtype"), headers.get("ekiben-shape")], ["float32", "2, 2"]);
        equal(base64Of(await response.bytes()), raw.doubled);
      },
      { "content-type": RAW, accept: RAW, "ekiben-shape": "2, 2" },
    ],
  },
  {
    api: "double",
    what: "another shape",
    rest: ["[1, 2, 3]", [400, "invalid_argument", /\[3\].*\[-1, 2\]/]],
    message: [{ ndarray: { ...FLOATS, shape: [4] } }, ["invalid_argument", /\[4\].*\[-1, 2\]/]],
  },
  {
    api: "double",
    what: "rows of different lengths",
    rest: ["[[1, 2], [3]]", [400, "invalid_argument", /./]],
  },
  {
    api: "double",
    what: "a shape of another size",
    message: [{ ndarray: { ...FLOATS, shape: [3, 2] } }, ["invalid_argument", /./]],
  },
  {
    api: "double",
    what: "a file of NumPy that is cut",
    rest: [
      bytesOf(npy.float32).subarray(0, 60),
      [400, "invalid_argument", /npy/i],
      { "content-type": NPY },
    ],
  },
  {
    api: "array",
    what: "booleans",
    rest: ["[true, false]", "[true,false]"],
    message: [
      { ndarray: { boolValues: [true, false] } },
      { ndarray: { dtype: "DTYPE_BOOL", shape: [2], boolValues: [true, false] } },
    ],
  },
  { api: "array", what: "strings", rest: ['[["a"], ["日本"]]', '[["a"],["日本"]]'] },
  { api: "array", what: "a scalar", rest: ["1.5", "1.5"] },
  { api: "array", what: "an empty array", rest: ["[[], []]", "[[],[]]"] },
  { api: "array", what: "NaN and Infinity", rest: ['[NaN, "-Infinity", 1.5]', "[null,null,1.5]"] },
  {
    api: "array",
    what: "integers of 64 bits",
    rest: ["[9223372036854775807]", "[9223372036854775807]"],
  },
  {
    api: "array",
    what: "integers of 64 bits, the highest byte first",
    rest: [bytesOf(npy.bigEndian), "[1,-2,4611686018427387904]", { "content-type": NPY }],
    message: [
      { ndarray: { int64Values: ["1", "-2", "4611686018427387904"] } },
      {
        ndarray: {
          dtype: "DTYPE_INT64",
          shape: [3],
          int64Values: ["1", "-2", "4611686018427387904"],
        },
      },
    ],
  },
  {
    api: "array",
    what: "a file of NumPy by columns",
    rest: [
      bytesOf(npy.columnsFirst),
      {
        json: [
          [0, 1, 2],
          [3, 4, 5],
        ],
      },
      { "content-type": NPY },
    ],
  },
  { api: "words", what: "NaN as a string", rest: ["[NaN, -Infinity]", '["NaN","-Infinity"]'] },
  { api: "literal", what: "a bare NaN", rest: ["[NaN, -Infinity]", "[NaN,-Infinity]"] },
  { api: "strict", what: "elements of the dtype", rest: ["[0, 255]", "[0,255]"] },
  { api: "strict", what: "another dtype", rest: ["[1.5]", [400, "invalid_argument", /uint8/]] },
  { api: "reshaped", what: "a shape that fits", rest: ["[1, 2, 3, 4]", "[[1,2],[3,4]]"] },
  {
    api: "half",
    what: "halves",
    rest: [bytesOf(raw.float16), "[1.5,-2,65504]", { "content-type": RAW }],
  },
];

export const NAMED_APIS = {
  tensors: api({ input: text(), output: namedTensors() }, () => tensors),
  tensorWords: api({ input: text(), output: namedTensors({ nonFinite: "string" }) }, () => tensors),
  lengths: api(
    { input: namedTensors({ dtypes: { ids: "int64", mask: "bool" } }), output: json() },
    (given) =>
      Object.fromEntries(
        Object.entries(given).map(([name, { dtype, data }]) => [name, [dtype, data.length]]),
      ),
  ),
};

const named = {
  scores: [
    [0.1, null],
    [0, null],
  ],
  labels: ["a", "日本"],
  counts: [1, -5, 9007199254740992],
  flags: true,
  empty: [[], []],
};
const namedWords = {
  ...named,
  scores: [
    [0.1, "NaN"],
    [0, "Infinity"],
  ],
};
const lengths = { ids: ["int64", 3], mask: ["bool", 1] };

export const NAMED: readonly Exchange[] = [
  {
    api: "tensors",
    what: "five",
    rest: ["", { json: named }],
    message: [{ text: "" }, { json: named }],
  },
  {
    api: "tensorWords",
    what: "NaN as a string",
    rest: ["", { json: namedWords }],
    message: [{ text: "" }, { json: namedWords }],
  },
  {
    api: "lengths",
    what: "two",
    rest: ['{"ids": [[1, 2, 3]], "mask": [true]}', { json: lengths }],
    message: [{ json: { ids: [[1, 2, 3]], mask: [true] } }, { json: lengths }],
  },
  {
    api: "lengths",
    what: "an unknown name",
    rest: ['{"idz": [1]}', [400, "invalid_argument", /idz/]],
    message: [{ json: { idz: [1] } }, ["invalid_argument", /idz/]],
  },
];
