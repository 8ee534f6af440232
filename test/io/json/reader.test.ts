import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonReader } from "../../../src/io/json/reader.ts";
import { type Random, seeded } from "../../support/random.ts";

const PIECES = [
  ...["[", "]", "{", "}", ",", ":", " ", "\n", '"', "\\", '"a"', '"b\\n\\u00e9"', '"ü"', "true"],
  ...["null", "false", "1", "-2.5", "0", "-", ".", "x", "\u0001", "[]", "{}", '{"a":'],
];

/** A value, now and then with something that should not be there. */
function randomText(random: Random, depth = 0): string {
  const inner = (): string => randomText(random, depth + 1);
  const many = (make: () => string): string =>
    Array.from({ length: random.below(4) }, make).join(random.of([",", " , "]));
  const text = random.of([
    () => random.of(['"a"', '"b\\n\\u00e9"', '"ü"', "true", "null", "false", "{}", "[]"]),
    () => String((random.next() - 0.5) * 10 ** random.below(40)),
    () => (depth > 5 ? "1" : `[${many(inner)}]`),
    () =>
      depth > 5 ? "2" : `{${many(() => `"${random.of(["a", "b", "__proto__"])}":${inner()}`)}}`,
  ])();
  if (random.below(60) !== 0) return text;
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.of(PIECES) + text.slice(at + random.below(2));
}

/** What is wrong may make a number of two that no double holds. */
function requireDoubles(value: unknown, text: string): unknown {
  const integers = text.match(/(?<![\w.])-?\d{16,}(?![\d.e])/g) ?? [];
  const isInRange = (text.match(/\d[\d.e+-]*/g) ?? []).every((each) => Number(each) !== Infinity);
  if (isInRange && integers.every((digits) => String(Number(digits)) === digits)) return value;
  throw new RangeError("A number would become another one");
}

function outcome(work: () => unknown): unknown {
  try {
    return { value: work() };
  } catch {
    return "refused";
  }
}

test("JsonReader reads random texts as JSON.parse does, in steps of any size", () => {
  seeded((random) => {
    for (let i = 0; i < 20_000; i++) {
      const text = randomText(random);
      const read = outcome(() => {
        const reader = new JsonReader(new TextEncoder().encode(text));
        while (!reader.read(random.below(20)));
        return reader.value;
      });
      const wanted = outcome(() => requireDoubles(JSON.parse(text), text));
      assert.deepEqual(read, wanted, text);
    }
  });
});

test("JsonReader reads the names of many keys", () => {
  const rows = Array.from({ length: 2000 }, (_, row) => ({
    id: row,
    [`key${row}`]: "v",
    Aa: 1,
    BB: 2,
  }));
  const reader = new JsonReader(new TextEncoder().encode(JSON.stringify(rows)));
  assert.ok(reader.read());
  assert.deepEqual(reader.value, rows);
});
