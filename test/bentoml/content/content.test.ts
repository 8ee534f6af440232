import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { z } from "zod";
import { file } from "../../../src/io/file.ts";
import { multipart } from "../../../src/io/form/multipart.ts";
import type { Io } from "../../../src/io/io.ts";
import { json } from "../../../src/io/json/json.ts";
import { image } from "../../../src/io/picture/image.ts";
import { dataframe } from "../../../src/io/table/dataframe.ts";
import { series } from "../../../src/io/table/series.ts";
import { ndarray } from "../../../src/io/tensor/ndarray.ts";
import { text } from "../../../src/io/text.ts";
import { fixture } from "../../io/fixtures/pictures.ts";
import { custom, read, refused, type Sent } from "./content-of.ts";

const ascii = (words: string): Uint8Array => new TextEncoder().encode(words);
const textOf = (value: string): Sent => ({ case: "text", value: { value } });
const jsonOf = (value: JsonValue): Sent => ({ case: "json", value: fromJson(ValueSchema, value) });
const bytesOf = (value: Uint8Array): Sent => ({ case: "serializedBytes", value });
const fileOf = (content: Uint8Array, kind?: string): Sent => ({
  case: "file",
  value: kind === undefined ? { content } : { content, kind },
});

const person = z.object({ name: z.string(), age: z.number().default(1) });
const png = fixture("grey-1.png");
const pdf = file({ mimeType: "application/pdf" });
const form = multipart({ note: text(), shape: ndarray({ dtype: "int32" }) });
const note = { representation: textOf("hi") };
const shape = { representation: { case: "ndarray", value: { int32Values: [3] } } };

const READ: readonly (readonly [string, Io<unknown, never>, Sent, unknown])[] = [
  ["text", text(), textOf("grüße"), "grüße"],
  ["empty text", text(), textOf(""), ""],
  ["text in bytes", text(), bytesOf(ascii("hi")), "hi"],
  [
    "json",
    json(),
    jsonOf({ a: [1, "x", true, null, { b: {} }] }),
    { a: [1, "x", true, null, { b: {} }] },
  ],
  ["json without a kind", json(), { case: "json", value: {} }, null],
  ["json by a schema", json(person), jsonOf({ name: "Ada" }), { name: "Ada", age: 1 }],
  ["json in bytes", json(person), bytesOf(ascii('{"name":"Ada"}')), { name: "Ada", age: 1 }],
  [
    "a file",
    file(),
    fileOf(ascii("x"), "a/b"),
    { bytes: ascii("x"), type: "a/b", filename: undefined },
  ],
  [
    "a file without a kind",
    file(),
    fileOf(ascii("x")),
    { bytes: ascii("x"), type: undefined, filename: undefined },
  ],
  [
    "a file of the type",
    pdf,
    fileOf(ascii("x"), "application/pdf"),
    { bytes: ascii("x"), type: "application/pdf", filename: undefined },
  ],
  [
    "a file of no kind as of the type",
    pdf,
    fileOf(ascii("x"), ""),
    { bytes: ascii("x"), type: "application/pdf", filename: undefined },
  ],
  [
    "a file in bytes",
    pdf,
    bytesOf(ascii("x")),
    { bytes: ascii("x"), type: "application/pdf", filename: undefined },
  ],
  [
    "a form",
    form,
    { case: "multipart", value: { fields: { note, shape } } } as Sent,
    { note: "hi", shape: { dtype: "int32", shape: [1], data: Int32Array.of(3) } },
  ],
  [
    "a form with a series",
    multipart({ ages: series({ dtype: "int32" }) }),
    {
      case: "multipart",
      value: {
        fields: { ages: { representation: { case: "series", value: { int32Values: [36] } } } },
      },
    },
    { ages: { name: undefined, data: [36], dtype: "int32" } },
  ],
  ["bytes for any other", custom, bytesOf(ascii("abc")), "text/x-reversed: cba"],
];

for (const [what, io, content, value] of READ) {
  test(`decodeContent() reads ${what}`, async () => {
    assert.deepEqual(await read(io, content), value);
  });
}

test("decodeContent() reads a picture by its bytes, whatever the kind of its message", async () => {
  const grey = image({ mode: "L" });
  const kinds = [undefined, "", "image/png", "image/jpeg", "application/octet-stream", "text/csv"];
  const sent = [...kinds.map((kind) => fileOf(png, kind)), bytesOf(png)];
  for (const content of sent) {
    const picture = await read(grey, content);
    assert.partialDeepStrictEqual(picture, { channels: 1 });
    const pixels = image({ mode: "L", layout: "NCHW", resize: { width: 5, height: 4 } });
    assert.partialDeepStrictEqual(await read(pixels, content), { shape: [1, 1, 4, 5] });
  }
});

const unsupported = "unsupported_media_type";
const REFUSED: readonly (readonly [string, Io<unknown, never>, Sent, RegExp | string, string?])[] =
  [
    ["nothing", text(), { case: undefined }, '"field" cannot be empty.'],
    [
      "another field for text",
      text(),
      jsonOf(1),
      "'Text' accepts one of the following fields: 'text,serialized_bytes' got 'json' instead.",
    ],
    [
      "another field for json",
      json(),
      textOf("1"),
      "'JSON' accepts one of the following fields: 'json,serialized_bytes' got 'text' instead.",
    ],
    [
      "text for an array",
      ndarray(),
      textOf(""),
      /^'NumpyNdarray' .*'ndarray,serialized_bytes' got 'text'/,
    ],
    [
      "a series for a table",
      dataframe(),
      { case: "series", value: {} },
      /^'PandasDataFrame' .*'dataframe,/,
    ],
    [
      "a table for a series",
      series(),
      { case: "dataframe", value: {} },
      "'PandasSeries' accepts one of the following fields: 'series,serialized_bytes' " +
        "got 'dataframe' instead.",
    ],
    ["text for a file", file(), textOf(""), /^'File' .*'file,serialized_bytes'/],
    ["text for a picture", image(), textOf(""), /^'Image' .*'file,serialized_bytes'/],
    ["text for a form", form, textOf(""), /^'Multipart' .*'multipart,serialized_bytes'/],
    ["a form for text", text(), { case: "multipart", value: {} }, /got 'multipart' instead/],
    [
      "text for any other",
      custom,
      textOf(""),
      /^'Reversed' .*fields: 'serialized_bytes' got 'text'/,
    ],
    ["text that is not UTF-8", text(), bytesOf(Uint8Array.of(0xff)), /not UTF-8/],
    ["bytes that are not JSON", json(), bytesOf(ascii("{")), /^Invalid JSON input received: /],
    [
      "NaN as JSON",
      json(),
      { case: "json", value: { kind: { case: "numberValue", value: Number.NaN } } },
      /a number in it is NaN/,
    ],
    [
      "json against its schema",
      json(person),
      jsonOf({ name: 1 }),
      /^Invalid JSON input received: name: /,
    ],
    ["an empty file", file(), fileOf(new Uint8Array()), /empty/],
    ["an empty picture", image(), fileOf(new Uint8Array()), /empty/],
    [
      "a file of another kind",
      pdf,
      fileOf(ascii("x"), "text/csv"),
      /must be application\/pdf/,
      unsupported,
    ],
    ["an invalid picture", image(), fileOf(ascii("x")), /of no known format/],
    [
      "a picture that is not allowed",
      image({ allowedMimeTypes: ["image/webp"] }),
      fileOf(png, "image/webp"),
      /^The picture must be one of image\/webp, but its bytes are PNG$/,
      unsupported,
    ],
    [
      "a table in bytes",
      dataframe(),
      bytesOf(ascii("a")),
      "cannot use 'serialized_bytes' with PandasDataFrame, but for a Parquet file: use 'dataframe'",
    ],
    [
      "a form in bytes",
      form,
      bytesOf(ascii("a")),
      "cannot use 'serialized_bytes' with Multipart: use 'multipart'",
    ],
    [
      "a form without a field",
      form,
      { case: "multipart", value: { fields: { note } } } as Sent,
      'The form lacks the fields "shape": those it has are "note"',
    ],
    [
      "a form with a field too many",
      form,
      { case: "multipart", value: { fields: { note, shape, x: {} } } } as Sent,
      'The form has unknown fields "x": it must have "note", "shape" only',
    ],
    [
      "a form with an empty field",
      form,
      { case: "multipart", value: { fields: { note, shape: {} } } } as Sent,
      'Field "shape": "field" cannot be empty.',
    ],
    [
      "a form with a wrong field",
      form,
      { case: "multipart", value: { fields: { note, shape: note } } } as Sent,
      /^Field "shape": 'NumpyNdarray' accepts .* got 'text' instead\.$/,
    ],
  ];

for (const [what, io, content, words, code] of REFUSED) {
  test(`decodeContent() refuses ${what}`, async () => {
    await assert.rejects(read(io, content), refused(words, code));
  });
}
