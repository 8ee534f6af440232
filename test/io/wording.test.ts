import assert from "node:assert/strict";
import { test } from "node:test";
import { describe, excerpt, listNames, quote } from "../../src/io/wording.ts";

const TEXTS: readonly (readonly [text: string, cut: string, quoted: string])[] = [
  ["plain", "plain", '"plain"'],
  ["日本 naïve", "日本 naïve", '"日本 naïve"'],
  ["می\u200cخواهم 👩\u200d🔬", "می\u200cخواهم 👩\u200d🔬", '"می\u200cخواهم 👩\u200d🔬"'],
  ["a\r\n\u001b[31mb", "a\\u{d}\\u{a}\\u{1b}[31mb", '"a\\r\\n\\u001b[31mb"'],
  ["a\u202eb\u2028\u007f", "a\\u{202e}b\\u{2028}\\u{7f}", '"a\\u{202e}b\\u{2028}\\u{7f}"'],
  ["a\ud800", "a\\u{d800}", '"a\\ud800"'],
];

for (const [text, shown, quoted] of TEXTS) {
  test(`excerpt() and quote() of ${JSON.stringify(text)}`, () => {
    assert.equal(excerpt(text), shown);
    assert.equal(quote(text), quoted);
  });
}

test("excerpt() and quote() bound their length, and keep characters whole", () => {
  assert.equal(excerpt("x".repeat(15_000)), `${"x".repeat(100)}…`);
  assert.equal(excerpt("abcdef", 3), "abc…");
  assert.equal(excerpt("ab😀cd", 3), "ab…");
  assert.equal(quote("y".repeat(15_000)), `"${"y".repeat(60)}…"`);
  assert.ok(excerpt("\u0001".repeat(15_000)).length < 700);
  assert.ok(describe("z".repeat(15_000)).length < 100);
  assert.ok(describe(10n ** 5000n).length < 200);
  assert.ok(listNames(Array.from({ length: 5000 }, () => "n".repeat(5000))).length < 1000);
});

const NAMES: readonly (readonly [names: readonly string[], listed: string])[] = [
  [[], "none"],
  [["x"], '"x"'],
  [["x", "input_ids", "attention mask"], '"x", "input_ids", "attention mask"'],
  [
    [...Array(12).keys()].map((at) => `f${at}`),
    `${[...Array(10).keys()].map((at) => `"f${at}"`).join(", ")}, and 2 more`,
  ],
];

for (const [names, listed] of NAMES) {
  test(`listNames() of ${names.length}`, () => assert.equal(listNames(names), listed));
}
