import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import type { Cell } from "../../../src/io/table/cell.ts";
import { type Series, type SeriesOptions, series } from "../../../src/io/table/series.ts";
import type { DType } from "../../../src/tensor.ts";
import { read, refused, type Sent, write } from "./content-of.ts";

type Message = NonNullable<Extract<Sent, { case: "series" }>["value"]>;

const sent = (value: Message): Sent => ({ case: "series", value });
const bytes = (text: string): Sent => ({
  case: "serializedBytes",
  value: new TextEncoder().encode(text),
});

const READ: readonly (readonly [string, SeriesOptions, Sent, readonly Cell[], DType?])[] = [
  ["bool_values", {}, sent({ boolValues: [true, false] }), [true, false], "bool"],
  ["float_values", {}, sent({ floatValues: [0.5, Number.NaN] }), [0.5, null], "float32"],
  ["double_values", {}, sent({ doubleValues: [0.1, Infinity] }), [0.1, Infinity], "float64"],
  ["int32_values", {}, sent({ int32Values: [1, -2] }), [1, -2], "int32"],
  [
    "int64_values",
    {},
    sent({ int64Values: [1n, -(2n ** 53n)] }),
    [1, "-9007199254740992"],
    "int64",
  ],
  ["string_values", {}, sent({ stringValues: ["a", ""] }), ["a", ""], "string"],
  ["nothing", {}, sent({}), []],
  [
    "the field of its dtype",
    { dtype: "int64" },
    sent({ int64Values: [2n ** 60n] }),
    [`${2n ** 60n}`],
    "int64",
  ],
  [
    "another field than its dtype's",
    { dtype: "int32" },
    sent({ doubleValues: [1.9] }),
    [1],
    "int32",
  ],
  ["any orient", { orient: "split" }, sent({ int32Values: [1] }), [1], "int32"],
  ["serialized_bytes", {}, bytes('[1, "a", null]'), [1, "a", null]],
  ["serialized_bytes by its orient", { orient: "index" }, bytes('{"x": 1}'), [1]],
];

for (const [what, options, content, data, dtype] of READ) {
  test(`decodeContent() reads a series of ${what}`, async () => {
    const known = dtype === undefined ? {} : { dtype };
    assert.deepEqual(await read(series(options), content), { name: undefined, data, ...known });
  });
}

const REFUSED: readonly (readonly [string, SeriesOptions, Sent, RegExp])[] = [
  [
    "values in two fields",
    {},
    sent({ int32Values: [1], stringValues: ["x"] }),
    /^Cannot take a series with values in string_values and int32_values: only one may have any$/,
  ],
  [
    "values in two fields, one of them its dtype's",
    { dtype: "int32" },
    sent({ int32Values: [1], boolValues: [true] }),
    /in bool_values and int32_values/,
  ],
  [
    "a cell that does not fit",
    { dtype: "int8" },
    sent({ int32Values: [1, 300] }),
    /^Cannot take a series: cell 1 must be a whole number .*int8, but was 300$/,
  ],
  [
    "a cell to cast",
    { dtype: "int32", enforceDtype: true },
    sent({ floatValues: [0.5] }),
    /cell 0 must be a whole number .* but was 0\.5$/,
  ],
  [
    "another length",
    { shape: [2], enforceShape: true },
    sent({ int32Values: [1] }),
    /^Cannot take a series of shape \[1\]: it must be \[2\]$/,
  ],
  ["bytes that are not JSON", {}, bytes("["), /^Invalid JSON input received: /],
];

for (const [what, options, content, words] of REFUSED) {
  test(`decodeContent() refuses a series with ${what}`, async () => {
    await assert.rejects(read(series(options), content), refused(words));
  });
}

/** The cells of a series, the descriptor's dtype, and what is sent. */
const WRITTEN: readonly (readonly [string, readonly Cell[], SeriesOptions["dtype"], JsonValue])[] =
  [
    ["booleans", [true, false], undefined, { boolValues: [true, false] }],
    ["strings", ["a", "1"], undefined, { stringValues: ["a", "1"] }],
    ["whole numbers", [1, -2], undefined, { int64Values: ["1", "-2"] }],
    ["numbers, some missing", [1, 0.5, null], undefined, { doubleValues: [1, 0.5, "NaN"] }],
    ["nothing", [], "int32", {}],
    ["float32", [1, Number.NaN], "float32", { floatValues: [1, "NaN"] }],
    ["int32", [1], "int32", { int32Values: [1] }],
    [
      "int64 as digits",
      ["9223372036854775807", 1],
      "int64",
      { int64Values: ["9223372036854775807", "1"] },
    ],
  ];

for (const [what, data, dtype, message] of WRITTEN) {
  test(`encodeContent() writes a series of ${what}`, async () => {
    const written = await write(series({ dtype }), { name: "x", data });
    assert.deepEqual(written, { series: message });
  });
}

test("encodeContent() refuses a series of several types", async () => {
  for (const data of [
    [1, "a"],
    ["a", null],
    [true, 1],
    [null, true],
  ]) {
    await assert.rejects(write(series(), { data }), refused(/^Series has mixed dtype: its cells/));
  }
});

test("encodeContent() refuses a series that the descriptor refuses", async () => {
  for (const [options, value, message] of [
    [{}, [1], /it must be \{ data \}/],
    [{ dtype: "int32", enforceDtype: true }, { data: [0.5] }, /cell 0 must be/],
    [{ shape: [2], enforceShape: true }, { data: [1] }, /of shape \[1\]: it must be \[2\]/],
  ] as const) {
    await assert.rejects(write(series(options), value), { name: "TypeError", message });
  }
});

test("encodeContent() writes a series in the field of its dtype if its cells fit", async () => {
  const given = (await read(series(), sent({ int32Values: [1, 2] }))) as Series;
  for (const [value, message] of [
    [given, { int32Values: [1, 2] }],
    [{ ...given, data: [0.5] }, { doubleValues: [0.5] }],
    [{ data: given.data }, { int64Values: ["1", "2"] }],
    [{ data: [1, 2], dtype: "float32" }, { floatValues: [1, 2] }],
  ] as const) {
    assert.deepEqual(await write(series(), value), { series: message });
  }
  const message = /its dtype must be one of .*, but was "real"/;
  const written = write(series(), { data: [1], dtype: "real" });
  await assert.rejects(written, { name: "TypeError", message });
});
