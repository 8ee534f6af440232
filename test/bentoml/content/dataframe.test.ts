import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import type { Cell } from "../../../src/io/table/cell.ts";
import { type DataFrameOptions, dataframe } from "../../../src/io/table/dataframe.ts";
import { frameToParquet } from "../../../src/io/table/parquet/write.ts";
import type { DType } from "../../../src/tensor.ts";
import { read, refused, type Sent, write } from "./content-of.ts";

type Message = NonNullable<Extract<Sent, { case: "dataframe" }>["value"]>;
type Columns = Exclude<Message["columns"], undefined>;

const columnsOf = (options: DataFrameOptions = {}) => dataframe({ orient: "columns", ...options });
const sent = (columnNames: string[], ...columns: Columns): Sent => ({
  case: "dataframe",
  value: { columnNames, columns },
});

const READ: readonly (readonly [string, Columns[number], readonly Cell[], DType])[] = [
  ["bool_values", { boolValues: [true, false] }, [true, false], "bool"],
  ["float_values", { floatValues: [0.5, Number.NaN] }, [0.5, null], "float32"],
  ["double_values", { doubleValues: [0.1, Number.NaN] }, [0.1, null], "float64"],
  ["int32_values", { int32Values: [1, -2] }, [1, -2], "int32"],
  ["int64_values", { int64Values: [1n, 2n ** 53n] }, [1, "9007199254740992"], "int64"],
  ["string_values", { stringValues: ["a", ""] }, ["a", ""], "string"],
];

for (const [field, column, cells, dtype] of READ) {
  test(`decodeContent() reads a column of ${field}`, async () => {
    const frame = await read(columnsOf(), sent(["x"], column));
    assert.deepEqual(frame, { columns: ["x"], data: [cells], dtypes: { x: dtype } });
  });
}

test("decodeContent() reads a Parquet file in bytes, by any orient", async () => {
  const value = await frameToParquet({
    columns: ["x", "y"],
    data: [
      [1, null],
      ["a", "b"],
    ],
  });
  for (const io of [columnsOf(), dataframe()]) {
    const frame = await read(io, { case: "serializedBytes", value });
    assert.deepEqual(frame, {
      columns: ["x", "y"],
      data: [
        [1, null],
        ["a", "b"],
      ],
    });
  }
  const cut = read(dataframe(), { case: "serializedBytes", value: value.subarray(0, 50) });
  await assert.rejects(cut, refused(/^Invalid Parquet input received: /));
});

test("decodeContent() gives a handler the columns and the dtypes of the descriptor", async () => {
  const io = columnsOf({ columns: ["b", "a"], dtype: { a: "string" } });
  const content = sent(
    ["a", "b", "c"],
    { int32Values: [1] },
    { boolValues: [true] },
    { floatValues: [1] },
  );
  assert.deepEqual(await read(io, content), {
    columns: ["b", "a"],
    data: [[true], ["1"]],
    dtypes: { b: "bool", a: "string" },
  });
});

test("decodeContent() takes infinite numbers for a column of floats", async () => {
  const io = columnsOf({ dtype: { x: "float32" }, enforceDtype: true });
  const cells = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const frame = await read(io, sent(["x"], { doubleValues: cells }));
  assert.deepEqual(frame, { columns: ["x"], data: [cells], dtypes: { x: "float32" } });
});

test("decodeContent() reads a data frame without columns", async () => {
  assert.deepEqual(await read(columnsOf(), sent([])), { columns: [], data: [] });
});

const one = { int32Values: [1] };
const REFUSED: readonly (readonly [string, DataFrameOptions, Sent, RegExp, string?])[] = [
  [
    "another orient",
    { orient: "records" },
    sent(["a"], one),
    /^'dataframe' field currently only supports 'columns' orient/,
  ],
  [
    "more columns than names",
    {},
    sent(["a"], one, one),
    /^Cannot take a data frame of 2 columns with 1 names$/,
  ],
  ["a name twice", {}, sent(["a", "a"], one, one), /two columns named "a"/],
  [
    "a column without values",
    {},
    sent(["a"], {}),
    /column "a" of a data frame: one field must have values, but none has any/,
  ],
  [
    "a column with values in two fields",
    {},
    sent(["a"], { ...one, stringValues: ["x"] }),
    /but string_values and int32_values have/,
  ],
  [
    "columns of different lengths",
    {},
    sent(["a", "b"], one, { int32Values: [1, 2] }),
    /column "b" has 2 rows, where the first has 1/,
  ],
  ["a column that is missing", { columns: ["z"] }, sent(["a"], one), /without the columns "z"/],
  [
    "a cell that does not fit",
    { dtype: { a: "int8" } },
    sent(["a"], { int32Values: [300] }),
    /row 0 of column "a"/,
  ],
  [
    "too many cells",
    { maxCells: 1 },
    sent(["a"], { int32Values: [1, 2] }),
    /at most 1 cells/,
    "payload_too_large",
  ],
  [
    "too many columns",
    {},
    sent(
      Array.from({ length: 10_001 }, (_, at) => `${at}`),
      ...Array.from({ length: 10_001 }, () => one),
    ),
    /at most 10000 columns/,
    "payload_too_large",
  ],
];

for (const [what, options, content, words, code] of REFUSED) {
  test(`decodeContent() refuses a data frame with ${what}`, async () => {
    await assert.rejects(read(columnsOf(options), content), refused(words, code));
  });
}

/** The cells of a column, the descriptor's dtype of it, and what is sent. */
const WRITTEN: readonly (readonly [
  string,
  readonly Cell[],
  DataFrameOptions["dtype"],
  JsonValue,
])[] = [
  ["booleans", [true, false], undefined, { boolValues: [true, false] }],
  ["strings", ["a", "1"], undefined, { stringValues: ["a", "1"] }],
  ["whole numbers", [1, -2], undefined, { int64Values: ["1", "-2"] }],
  ["numbers", [1, 0.5], undefined, { doubleValues: [1, 0.5] }],
  ["missing numbers", [1, null], undefined, { doubleValues: [1, "NaN"] }],
  ["numbers beyond 2^53", [2 ** 53], undefined, { doubleValues: [2 ** 53] }],
  ["nothing", [], undefined, {}],
  ["float32", [1, null], { x: "float32" }, { floatValues: [1, "NaN"] }],
  ["infinite float32", [Infinity, 1], { x: "float32" }, { floatValues: ["Infinity", 1] }],
  ["what float32 does not hold", [1e39], { x: "float32" }, { doubleValues: [1e39] }],
  ["float64", [1], { x: "float64" }, { doubleValues: [1] }],
  ["int32", [1], { x: "int32" }, { int32Values: [1] }],
  ["uint8", [1], { x: "uint8" }, { int32Values: [1] }],
  ["uint32", [2 ** 32 - 1], { x: "uint32" }, { int64Values: [String(2 ** 32 - 1)] }],
  [
    "int64 as digits",
    ["9223372036854775807", 1],
    { x: "int64" },
    { int64Values: ["9223372036854775807", "1"] },
  ],
  [
    "what its dtype does not hold",
    [0.5, 2 ** 40],
    { x: "int32" },
    { doubleValues: [0.5, 2 ** 40] },
  ],
  [
    "digits beyond int64",
    ["9223372036854775808"],
    { x: "int64" },
    { stringValues: ["9223372036854775808"] },
  ],
];

for (const [what, cells, dtype, column] of WRITTEN) {
  test(`encodeContent() writes a column of ${what}`, async () => {
    const message = await write(dataframe({ dtype }), { columns: ["x"], data: [cells] });
    assert.deepEqual(message, { dataframe: { columnNames: ["x"], columns: [column] } });
  });
}

test("encodeContent() refuses a column of several types", async () => {
  for (const cells of [
    [1, "a"],
    ["a", null],
    [true, 1],
    [null, true],
  ] as const) {
    const written = write(dataframe(), { columns: ["x"], data: [cells] });
    await assert.rejects(
      written,
      refused(/column "x" of a data frame: its cells must all/, "failed_precondition"),
    );
  }
});

const PASSED_ON: readonly (readonly [string, DataFrameOptions, Columns[number], JsonValue])[] = [
  ["doubles", {}, { doubleValues: [1, 2] }, { doubleValues: [1, 2] }],
  ["floats", {}, { floatValues: [1, 2] }, { floatValues: [1, 2] }],
  ["small whole numbers", {}, { int32Values: [1] }, { int32Values: [1] }],
  ["whole numbers", {}, { int64Values: [1n] }, { int64Values: ["1"] }],
  [
    "what the input's dtype makes of them",
    { dtype: { x: "float64" } },
    { int64Values: [1n] },
    { doubleValues: [1] },
  ],
];

for (const [what, options, column, passedOn] of PASSED_ON) {
  test(`encodeContent() writes a column in the field of its dtype: ${what}`, async () => {
    const frame = await read(columnsOf(options), sent(["x"], column));
    const { dataframe: written } = await write(columnsOf(), frame);
    assert.deepEqual(written, { columnNames: ["x"], columns: [passedOn] });
  });
}

test("encodeContent() writes a column that does not fit its dtype as if it had none", async () => {
  const frame = { columns: ["x", "y"], data: [[0.5], [1]], dtypes: { x: "int32", y: "int32" } };
  const { dataframe: written } = await write(columnsOf(), frame);
  assert.deepEqual(written, {
    columnNames: ["x", "y"],
    columns: [{ doubleValues: [0.5] }, { int32Values: [1] }],
  });
  const wrong = write(columnsOf(), { ...frame, dtypes: { x: "real" } });
  const message = /dtype of column "x" must be one of .*, but was "real"/;
  await assert.rejects(wrong, { name: "TypeError", message });
});
