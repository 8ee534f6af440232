import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import { z } from "zod";
import { file } from "../../../src/io/file.ts";
import { multipart } from "../../../src/io/form/multipart.ts";
import type { Io } from "../../../src/io/io.ts";
import { json } from "../../../src/io/json/json.ts";
import { image } from "../../../src/io/picture/image.ts";
import { series } from "../../../src/io/table/series.ts";
import { ndarray } from "../../../src/io/tensor/ndarray.ts";
import { text } from "../../../src/io/text.ts";
import { custom, read, write } from "./content-of.ts";

const ascii = (words: string): Uint8Array => new TextEncoder().encode(words);
const person = z.object({ name: z.string(), age: z.number().default(1) });
const pdf = file({ mimeType: "application/pdf" });
const form = multipart({ note: text(), shape: ndarray({ dtype: "int32" }) });

const WRITTEN: readonly (readonly [string, Io<unknown, never>, unknown, JsonValue])[] = [
  ["text", text(), "grüße", { text: "grüße" }],
  [
    "json",
    json(),
    { a: [1, null], at: new Date(0) },
    { json: { a: [1, null], at: "1970-01-01T00:00:00.000Z" } },
  ],
  ["no value as null", json(), undefined, { json: null }],
  ["large numbers as numbers", json(), [1e20, -(2 ** 60)], { json: [1e20, -(2 ** 60)] }],
  [
    "integers that no double holds as digits",
    json(),
    [2n ** 60n + 1n, 2n ** 53n + 1n, 5n],
    { json: ["1152921504606846977", "9007199254740993", 5] },
  ],
  [
    "a file",
    file(),
    { bytes: ascii("x"), type: "a/b", filename: "x" },
    { file: { content: "eA==", kind: "a/b" } },
  ],
  [
    "bare bytes",
    file(),
    ascii("x"),
    { file: { content: "eA==", kind: "application/octet-stream" } },
  ],
  [
    "bare bytes as of the type",
    pdf,
    ascii("x"),
    { file: { content: "eA==", kind: "application/pdf" } },
  ],
  [
    "a form",
    form,
    { note: "hi", shape: { dtype: "int32", shape: [1], data: Int32Array.of(3) } },
    {
      multipart: {
        fields: {
          note: { text: "hi" },
          shape: { ndarray: { dtype: "DTYPE_INT32", shape: [1], int32Values: [3] } },
        },
      },
    },
  ],
  [
    "a form with a series",
    multipart({ ages: series() }),
    { ages: { data: [true] } },
    { multipart: { fields: { ages: { series: { boolValues: [true] } } } } },
  ],
  ["any other as bytes", custom, "abc", { serializedBytes: "Y2Jh" }],
];

for (const [what, io, value, sent] of WRITTEN) {
  test(`encodeContent() writes ${what}`, async () => {
    assert.deepEqual(await write(io, value), sent);
  });
}

test("encodeContent() writes a picture as a file of its type", async () => {
  const io = image({ mode: "L", mimeType: "image/png" });
  const { file: sent } = (await write(io, {
    width: 1,
    height: 1,
    channels: 1,
    data: Uint8Array.of(7),
  })) as {
    file: { kind: string; content: string };
  };
  assert.equal(sent.kind, "image/png");
  const back = await read(io, {
    case: "serializedBytes",
    value: new Uint8Array(Buffer.from(sent.content, "base64")),
  });
  assert.deepEqual(back, { width: 1, height: 1, channels: 1, data: Uint8Array.of(7) });
});

test("encodeContent() writes JSON as deep as json() does", async () => {
  let deep: JsonValue = 1;
  for (let level = 0; level < 500; level++) deep = level % 2 === 0 ? [deep] : { deep };
  assert.deepEqual(await write(json(), deep), { json: deep });
});

const UNWRITTEN: readonly (readonly [string, Io<unknown, never>, unknown, RegExp])[] = [
  ["a number as text", text(), 1, /must be a string, but was 1/],
  ["NaN as JSON", json(), Number.NaN, /NaN/],
  ["a list as an array", ndarray(), [1], /must be a tensor/],
  ["text as a file", file(), "x", /must be \{ bytes/],
  ["a form that lacks a field", form, { note: "hi" }, /lacks "shape"/],
  ["a form with a wrong field", form, { note: 1, shape: 1 }, /^Field "note": .*must be a string/],
  ["a value against its schema", json(person), { name: 1 }, /does not fit its schema/],
];

for (const [what, io, value, words] of UNWRITTEN) {
  test(`encodeContent() refuses ${what}`, async () => {
    await assert.rejects(
      write(io, value),
      (thrown) => thrown instanceof TypeError && words.test(thrown.message),
    );
  });
}
