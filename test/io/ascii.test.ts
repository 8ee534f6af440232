import assert from "node:assert/strict";
import { test } from "node:test";
import { asciiText } from "../../src/io/ascii.ts";
import { text as textIo } from "../../src/io/text.ts";

const encoder = new TextEncoder();
const { decode } = textIo();

test("asciiText() returns ASCII as it is, or leaves it to TextDecoder", () => {
  const all = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join("");
  for (const text of ["", "a", all, all.repeat(1000)]) {
    // A view in the middle of its memory.
    const bytes = encoder.encode(`é${text}é`).subarray(2, -2);
    const given = asciiText(bytes);
    assert.ok(given === undefined || given === text);
    assert.equal(decode({ bytes, type: undefined }), text);
  }
});

test("asciiText() returns nothing for other bytes", () => {
  for (const text of ["é", `${"a".repeat(10_000)}é`, "漢字"]) {
    assert.equal(asciiText(encoder.encode(text)), undefined);
    assert.equal(decode({ bytes: encoder.encode(text), type: undefined }), text);
  }
  const broken = Uint8Array.of(0x61, 0xff);
  assert.equal(asciiText(broken), undefined);
  assert.throws(() => decode({ bytes: broken, type: undefined }), /not UTF-8/);
});
