import assert from "node:assert/strict";
import { test } from "node:test";
import { pointed, resolver } from "../../src/schema/document.ts";

const document = { type: "object", $defs: { "a/b~c d": { type: "integer" } } } as const;

for (const [reference, expected] of [
  ["#", document],
  ["#/type", "object"],
  ["#/$defs/a~1b~0c%20d/type", "integer"],
  ["#/none/at/all", undefined],
] as const) {
  test(`pointed() finds ${reference}`, () => {
    assert.deepEqual(pointed(document, reference), expected);
  });
}

test("resolver() follows references, and a circle of them to an end", () => {
  assert.equal(resolver(document)({ $ref: "#" }), document);
  const circle = { a: { $ref: "#/a" } };
  assert.deepEqual(resolver(circle)(circle.a), circle.a);
});
