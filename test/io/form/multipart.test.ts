import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { ServiceError } from "../../../src/error.ts";
import { file } from "../../../src/io/file.ts";
import { encodeForm, type Part, parseForm } from "../../../src/io/form/form.ts";
import { multipart } from "../../../src/io/form/multipart.ts";
import type { Io } from "../../../src/io/io.ts";
import { json } from "../../../src/io/json/json.ts";
import { ndarray } from "../../../src/io/tensor/ndarray.ts";
import { text } from "../../../src/io/text.ts";
import { tensor } from "../../../src/tensor.ts";
import { bytesOf, part } from "../fixtures/forms.ts";

const io = multipart({
  title: text(),
  pixels: ndarray({ dtype: "uint8" }),
  options: json(z.object({ top: z.number() })),
  upload: file({ mimeType: "text/csv" }),
});
const GOOD = [
  part("upload", "a,b", "text/csv", "u.csv"),
  part("options", '{"top":3}'),
  part("title", "Größe"),
  part("pixels", "[1,2]"),
];

test("multipart() decodes each field by its descriptor, by name", async () => {
  assert.deepEqual(await io.decode(encodeForm(GOOD)), {
    title: "Größe",
    pixels: tensor("uint8", [2], Uint8Array.of(1, 2)),
    options: { top: 3 },
    upload: { bytes: bytesOf("a,b"), type: "text/csv", filename: "u.csv" },
  });
});

test("multipart() encodes each field with the type and filename its descriptor gives", async () => {
  const payload = await io.encode({
    title: "t",
    pixels: tensor("uint8", [1], Uint8Array.of(7)),
    options: { top: 1 },
    upload: { bytes: bytesOf("x"), filename: "x.csv" },
  });
  assert.equal(io.mediaType, "multipart/form-data");
  assert.deepEqual(parseForm(payload), [
    part("title", "t", "text/plain; charset=utf-8"),
    part("pixels", "[7]", "application/json"),
    part("options", '{"top":1}', "application/json"),
    part("upload", "x", "text/csv", "x.csv"),
  ]);
  assert.equal((await io.decode(payload)).options.top, 1);
});

test("multipart() takes the quotes off text that a client sends as JSON", async () => {
  const form = (title: string) => encodeForm([...without("title"), part("title", title)]);
  const quoted = JSON.stringify('a "b"');
  const titleOf = async (title: string, hasJsonText: boolean) =>
    (await io.decode(form(title), { hasJsonText })).title;
  assert.equal(await titleOf(quoted, true), 'a "b"');
  assert.equal(await titleOf(quoted, false), quoted);
  for (const title of ["plain", "3", '"open', ""]) assert.equal(await titleOf(title, true), title);
});

const without = (name: string): Part[] => GOOD.filter((one) => one.name !== name);

const REFUSED: readonly [string, readonly Part[], string, RegExp][] = [
  [
    "a missing field",
    without("title"),
    "invalid_argument",
    /lacks the fields "title": .*"upload", "options", "pixels"$/,
  ],
  [
    "a misspelt field",
    [...without("title"), part("titel", "x")],
    "invalid_argument",
    /lacks the fields "title": .*"titel"/,
  ],
  [
    "an unknown field",
    [...GOOD, part("more", "")],
    "invalid_argument",
    /unknown fields "more": .*"title", "pixels", "options", "upload" only/,
  ],
  [
    "an inherited name",
    [...GOOD, part("constructor", "")],
    "invalid_argument",
    /unknown fields "constructor"/,
  ],
  [
    "a field sent twice",
    [...GOOD, part("title", "x")],
    "invalid_argument",
    /more than one of the fields "title"/,
  ],
  [
    "a bad field",
    [...without("pixels"), part("pixels", "[300]")],
    "invalid_argument",
    /^Field "pixels": .*uint8.*was 300/,
  ],
  [
    "a field of a bad type",
    [...without("upload"), part("upload", "x", "image/png")],
    "unsupported_media_type",
    /^Field "upload": .*text\/csv/,
  ],
];

for (const [what, parts, code, message] of REFUSED) {
  test(`multipart() refuses ${what}`, async () => {
    await assert.rejects(async () => io.decode(encodeForm(parts)), { code, message });
  });
}

test("multipart() refuses a body that is not a form", async () => {
  const body = { bytes: bytesOf("{}"), type: "application/json" };
  await assert.rejects(async () => io.decode(body), { code: "unsupported_media_type" });
});

test("multipart() keeps the other facts of a field's error", async () => {
  const busy: Io<string> = {
    ...text(),
    decode() {
      throw new ServiceError("unavailable", "Busy", { retryAfterSeconds: 3 });
    },
  };
  const decoded = async () => multipart({ a: busy }).decode(encodeForm([part("a", "")]));
  await assert.rejects(decoded, {
    code: "unavailable",
    message: 'Field "a": Busy',
    retryAfterSeconds: 3,
  });
});

const UNENCODABLE: readonly [string, unknown, RegExp][] = [
  ["undefined", undefined, /must be an object of its fields, but was undefined/],
  ["a missing value", {}, /lacks "a" and has none besides/],
  ["an unknown value", { a: "x", b: 1 }, /lacks none and has "b" besides/],
  ["a bad value", { a: 5 }, /^Field "a": Cannot encode text/],
];

for (const [what, value, message] of UNENCODABLE) {
  test(`multipart() refuses to encode ${what}`, async () => {
    const encoded = async () => multipart({ a: text() }).encode(value as never);
    await assert.rejects(encoded, { name: "TypeError", message });
  });
}

const MISDEFINED: readonly [string, unknown, RegExp][] = [
  ["a form in a form", { a: multipart({ b: text() }) }, /"a" is a form, and forms do not nest/],
  ["no fields", {}, /at least one field/],
  ["what is no descriptor", { a: "text" }, /"a" must be a descriptor, but was "text"/],
];

for (const [what, fields, message] of MISDEFINED) {
  test(`multipart() refuses ${what} at definition`, () => {
    assert.throws(() => multipart(fields as never), { name: "TypeError", message });
  });
}
