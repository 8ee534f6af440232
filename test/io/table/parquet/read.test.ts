import assert from "node:assert/strict";
import { test } from "node:test";
import { dataframe } from "../../../../src/io/table/dataframe.ts";
import type { DataFrame } from "../../../../src/io/table/frame.ts";
import { frameOfParquet } from "../../../../src/io/table/parquet/read.ts";
import { fixture } from "./fixture.ts";

/** Each type that pandas 3.1 and pyarrow 26 write, and its cells. */
const TYPES: Readonly<Record<string, readonly unknown[]>> = {
  int8: [-128, null, 127],
  int16: [-32768, 0, 32767],
  int32: [-2147483648, null, 2147483647],
  int64: ["-9223372036854775808", 1, "9223372036854775807"],
  uint8: [0, null, 255],
  uint16: [0, 1, 65535],
  uint32: [0, 1, 4294967295],
  uint64: [0, null, "18446744073709551615"],
  float16: [1.5, null, -2],
  float32: [0.5, null, Infinity],
  float64: [0.1, null, -1e300],
  bool: [true, null, false],
  string: ["", "日本", null],
  category: ["b", "a", "b"],
  date: ["2026-11-28", null, "1900-01-01"],
  time: ["09:30:00.5", null, "00:00:00"],
  millis: ["2026-11-28T09:30:00.5", null, "1969-12-31T23:59:59"],
  micros: ["2026-11-28T09:30:00.5Z", null, "1969-12-31T23:59:59Z"],
  nanos: ["1970-01-01T00:00:01.000000001", null, "1969-12-31T23:59:59.999999999"],
  decimal: [1.5, null, -12345678.9],
  long_decimal: ["12345678901234567890.12345", null, -0.00001],
  nothing: [null, null, null],
};

test("frameOfParquet() reads each type", async () => {
  const { columns, data } = await frameOfParquet(fixture("types"));
  assert.deepEqual(columns, Object.keys(TYPES));
  for (const [at, name] of columns.entries()) assert.deepEqual(data[at], TYPES[name], name);
});

/** The same table in each compression, encoding and form of pages. */
const TABLE: DataFrame = {
  columns: ["i", "l", "f", "s", "b"],
  data: [
    numbers((at) => (at % 7 === 0 ? null : at * at)),
    numbers((at) => at * 1e12),
    numbers((at) => at / 8),
    numbers((at) => (at % 5 === 0 ? null : `text ${at % 40}`)),
    numbers((at) => at % 3 === 0),
  ],
};

function numbers<T>(make: (at: number) => T): T[] {
  return Array.from({ length: 300 }, (_, at) => make(at));
}

for (const name of ["snappy", "gzip-v2", "zstd-v2", "lz4", "encodings", "encodings-2"]) {
  test(`frameOfParquet() reads ${name}`, async () => {
    assert.deepEqual(await frameOfParquet(fixture(name)), TABLE);
  });
}

const SMALL = ["a", "b"];

/** Files of pandas, and their columns without the index. */
const FRAMES: readonly (readonly [name: string, columns: readonly string[], data: unknown])[] = [
  [
    "pandas-range",
    SMALL,
    [
      [1, 2],
      ["x", null],
    ],
  ],
  [
    "pandas-index",
    SMALL,
    [
      [1, 2],
      ["x", null],
    ],
  ],
  ["pandas-named-index", ["b"], [["x", null]]],
  [
    "fastparquet",
    SMALL,
    [
      [1, 2],
      ["x", null],
    ],
  ],
  ["int96", ["t"], [["2026-11-28T09:30:00.5"]]],
  ["no-rows", ["i", "l", "f", "s", "b"], [[], [], [], [], []]],
];

for (const [name, columns, data] of FRAMES) {
  test(`frameOfParquet() reads ${name}`, async () => {
    assert.deepEqual(await frameOfParquet(fixture(name)), { columns, data });
  });
}

const REFUSED: readonly (readonly [name: string, message: RegExp])[] = [
  ["list", /: column "l" has columns in it \(a list, a map or a structure\): a data frame has one/],
  ["struct", /: column "d" has columns in it/],
  ["bytes", /: column "y" is of bytes that are not said to be text \(stored as BYTE_ARRAY\)/],
  ["brotli", /: its compression is BROTLI: write it with snappy, gzip, zstd, lz4 or none of them$/],
];

for (const [name, message] of REFUSED) {
  test(`frameOfParquet() refuses ${name}`, async () => {
    await assert.rejects(frameOfParquet(fixture(name)), { code: "invalid_argument", message });
  });
}

test("frameOfParquet() decompresses wanted columns only", async () => {
  const frame = await frameOfParquet(fixture("snappy"), undefined, ["f", "i", "none"]);
  assert.deepEqual(frame, { columns: ["i", "f"], data: [TABLE.data[0], TABLE.data[2]] });
});

test("frameOfParquet() ends when its signal is aborted", async () => {
  const signal = AbortSignal.abort(new Error("gone"));
  await assert.rejects(frameOfParquet(fixture("snappy"), undefined, undefined, signal), /gone/);
});

test("dataframe() takes Parquet by its type or its first bytes", async () => {
  for (const type of [
    "application/vnd.apache.parquet",
    "application/octet-stream",
    "application/x-parquet",
    undefined,
    "text/plain",
  ]) {
    const bytes = fixture("pandas-range");
    assert.deepEqual((await dataframe().decode({ bytes, type })).columns, SMALL, `${type}`);
  }
  const one = dataframe({ columns: ["a"], dtype: { a: "string" } });
  const frame = await one.decode({ bytes: fixture("pandas-index"), type: undefined });
  assert.deepEqual(frame, { columns: ["a"], data: [["1", "2"]] });
});
