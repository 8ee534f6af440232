import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "../../src/error.ts";
import { textOf } from "../../src/io/io.ts";
import { text } from "../../src/io/text.ts";

const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);

const TYPES = [
  undefined,
  "text/plain",
  "text/plain; charset=utf-8",
  'text/plain; format=flowed; charset="UTF-8"',
  "text/plain;charset=us-ascii",
  "application/x-www-form-urlencoded",
];

for (const type of TYPES) {
  test(`text() takes a body of type ${type}`, () => {
    assert.equal(text().decode({ bytes: bytesOf("größe 京"), type }), "größe 京");
  });
}

test("text() takes an empty body", () => {
  assert.equal(text().decode({ bytes: new Uint8Array(), type: undefined }), "");
});

for (const charset of ["iso-8859-1", "utf-16", '"shift_jis"']) {
  test(`text() refuses the charset ${charset}`, () => {
    const decode = () => text().decode({ bytes: bytesOf("x"), type: `text/a; charset=${charset}` });
    assert.throws(decode, { code: "unsupported_media_type", message: /must be UTF-8/ });
  });
}

test("text() refuses bytes that are not UTF-8", () => {
  const decode = () => text().decode({ bytes: Uint8Array.of(0x61, 0xff), type: "text/plain" });
  assert.throws(decode, { code: "invalid_argument", message: /not UTF-8/ });
});

test("text() encodes as UTF-8 and says so", async () => {
  const payload = await text().encode("é");
  const bytes = Uint8Array.of(0xc3, 0xa9);
  assert.deepEqual(payload.bytes, bytes);
  assert.equal(payload.type, "text/plain; charset=utf-8");
  // A descriptor of a user may have other bytes in a copy.
  const copy = { ...payload, type: "text/html" };
  assert.deepEqual([copy.bytes, textOf(copy)], [bytes, undefined]);
  assert.equal(textOf(payload), "é");
});

test("text() refuses to encode anything but a string", () => {
  const encode = () => text().encode(12 as unknown as string);
  assert.throws(encode, { name: "TypeError", message: /must be a string, but was 12/ });
  assert.throws(encode, (error) => !(error instanceof ServiceError));
});
