import assert from "node:assert/strict";
import { test } from "node:test";
import { copyMetadata, copyValid } from "../../src/rpc/metadata.ts";

for (const [name, value] of [
  ["x-a", "a b"],
  ["x-a", ""],
  ["x-data-bin", "AAEC"],
  ["x-data-bin", "AAE="],
  ["x-data-bin", "AAE"],
  ["x-data-bin", "AAEC, AAE="],
  ["x-data-bin", ""],
] as const) {
  test(`copyMetadata() copies ${name}: ${JSON.stringify(value)}`, () => {
    const to = new Headers();
    copyMetadata(new Headers({ [name]: value }), to);
    assert.equal(to.get(name), value);
  });
}

for (const [name, value, wanted] of [
  ["x-a", "\u00fc", /"x-a" must be printable ASCII, but was "\u00fc"/],
  ["x-data-bin", "not base64!", /"x-data-bin" must be base64, by its name, but was "not base64!"/],
  ["x-data-bin", "zz", /must be base64/],
  ["x-data-bin", "AAEC,A", /must be base64/],
] as const) {
  test(`copyMetadata() refuses ${name}: ${JSON.stringify(value)}`, () => {
    const from = new Headers({ [name]: value, "x-good": "1" });
    assert.throws(() => copyMetadata(from, new Headers()), { name: "TypeError", message: wanted });
    const to = new Headers();
    copyValid(from, to);
    assert.deepEqual([...to], [["x-good", "1"]]);
  });
}
