import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePlain } from "../../../src/io/json/plain.ts";
import { JsonReader } from "../../../src/io/json/reader.ts";
import { parseJson } from "../../../src/io/json/text.ts";
import { type Random, seeded } from "../../support/random.ts";

const encoder = new TextEncoder();
const parse = (text: string): unknown => parsePlain(encoder.encode(text));

const PLAIN: readonly (readonly [text: string, value: unknown])[] = [
  [" 1 ", 1],
  ["null", null],
  ["\ufeff[1]", [1]],
  ["[123456789012345]", [123456789012345]],
  ["[0.12345678901234567890, 1e22, 1e-400]", [0.12345678901234568, 1e22, 0]],
  ['{"id": "9007199254740993", "e": "1e400"}', { id: "9007199254740993", e: "1e400" }],
  ['{"a\\"[[": 1, "a\\\\": 2}', { 'a"[[': 1, "a\\": 2 }],
  ['{"a": 1, "a": 2}', { a: 2 }],
  ["[true, false, 1E5]", [true, false, 1e5]],
  [`${"[".repeat(512)}${"]".repeat(512)}`, JSON.parse(`${"[".repeat(512)}${"]".repeat(512)}`)],
  [`["${"[".repeat(600)}"]`, ["[".repeat(600)]],
];

for (const [text, value] of PLAIN) {
  test(`parsePlain() reads ${text.slice(0, 50)}`, () => assert.deepEqual(parse(text), value));
}

const LEFT: readonly string[] = [
  ...["", " ", "NaN", "[1,]", '"\u0001"', "[9007199254740993]", "[-1234567890123456]"],
  ...["[1e400]", "[1E+999]", "[1.5e400]", "[0e400]", `["${"x".repeat(70_000)}"]`],
  `${"[".repeat(513)}${"]".repeat(513)}`,
];

for (const text of LEFT) {
  test(`parsePlain() leaves ${JSON.stringify(text.slice(0, 50))} to a reader`, () => {
    assert.equal(parse(text), undefined);
  });
}

test("parsePlain() leaves bytes that are not UTF-8 to a reader", () => {
  assert.equal(parsePlain(Uint8Array.of(0x22, 0xc3, 0x28, 0x22)), undefined);
  assert.equal(parsePlain(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)), undefined);
});

const NUMBERS: readonly ((random: Random) => string)[] = [
  (random) => random.digits(1 + random.below(20)),
  (random) => `${random.digits(1 + random.below(17))}.${random.digits(1 + random.below(20))}`,
  (random) =>
    `${random.digits(1 + random.below(16))}e${random.of(["", "+", "-"])}${random.below(330)}`,
  (random) => `0.${"0".repeat(random.below(20))}${random.digits(5)}E${random.below(330)}`,
  (random) => JSON.stringify(random.digits(17)),
  (random) => random.of(["true", "NaN", "-0", "null", '"1e999"', "Infinity"]),
];

function outcome(work: () => unknown): unknown {
  try {
    return { value: work() };
  } catch (error) {
    return String(error);
  }
}

test("parseJson() reads small texts as JsonReader does, with the same errors", () => {
  seeded((random) => {
    for (let run = 0; run < 20_000; run++) {
      const parts = Array.from({ length: 1 + random.below(3) }, () => random.of(NUMBERS)(random));
      const text = `[${parts.join(random.of([",", ', "x": ', ", -"]))}]`;
      const bytes = encoder.encode(text.replace(/^\[(.*"x": .*)\]$/, '{"y": $1}'));
      const made = outcome(() => parseJson(bytes));
      const wanted = outcome(() => {
        const reader = new JsonReader(bytes);
        reader.read();
        return reader.value;
      });
      assert.deepEqual(made, wanted, text);
    }
  });
});
