import assert from "node:assert/strict";
import { test } from "node:test";
import { NumberScanner } from "../../../src/io/json/number.ts";
import { type Random, seeded } from "../../support/random.ts";

const scanner = new NumberScanner();
const encoder = new TextEncoder();

/** `Number` reads a literal as `JSON.parse` does. */
function requireSame(text: string): void {
  const value = scanner.read(encoder.encode(`${text},`), 0);
  assert.ok(Object.is(value, JSON.parse(text)), `${text} was read as ${value}`);
  assert.equal(scanner.end, text.length, text);
  assert.equal(scanner.isInteger, !/[.e]/i.test(text), text);
}

const NUMBERS = [
  ...[
    "0",
    "-0",
    "1",
    "-1",
    "0.1",
    "1e0",
    "1E+2",
    "1e-2",
    "0.0",
    "-0.0",
    "0e999999999999",
    "0.5e-3",
  ],
  ...["9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993"],
  ...["9223372036854775807", "18446744073709551615", "123456789012345678901234567890"],
  ...[
    "1e22",
    "1e23",
    "123456789012345e22",
    "123456789012345e23",
    "1.7976931348623157e308",
    "1e309",
  ],
  ...["5e-324", "2e-324", "2.2250738585072011e-308", "2.2250738585072014e-308", "1e-400"],
  ...["0.30000000000000004", "8.442218515250481e-1", "0.000000000000000000000012345678901234567"],
  // Halfway between two doubles, and a little to either side.
  ...[
    "9007199254740993.0",
    "9007199254740993.00001",
    "9007199254740992.99999",
    "4503599627370496.5",
  ],
  ...["1".repeat(400), `0.${"0".repeat(400)}1`, `${"9".repeat(1000)}e-1000`],
];

for (const text of NUMBERS) {
  test(`NumberScanner reads ${text.slice(0, 40)} as JSON.parse does`, () => requireSame(text));
}

const NONE: readonly (readonly [string, number])[] = [
  ...([
    ["", 0],
    ["-", 1],
    ["+1", 0],
    [".5", 0],
    ["1.", 2],
    ["1.e3", 2],
    ["1e", 2],
  ] as const),
  ...([
    ["1e+", 3],
    ["NaN", 0],
    ["-Infinity", 1],
    ["x", 0],
  ] as const),
];

for (const [text, end] of NONE) {
  test(`NumberScanner reads no number in "${text}"`, () => {
    assert.ok(Number.isNaN(scanner.read(encoder.encode(text), 0)));
    assert.equal(scanner.end, end);
  });
}

/** Numbers as programs write them, and others on the way from one rounding to the next. */
function randomNumber(random: Random): string {
  const digits = random.digits(1 + random.below(20));
  const point = random.below(digits.length + 1);
  const exponent = random.of(["", "", `e${random.below(60) - 30}`]);
  const plain = point === 0 ? `0.${"0".repeat(random.below(9))}${digits}` : digits;
  const halfway = BigInt(2 ** 53 + 2 * random.below(2 ** 40)) + 1n;
  return random.of([
    String(random.next()),
    String((random.next() - 0.5) * 10 ** (random.below(600) - 300)),
    (random.next() * 100).toFixed(random.below(20)),
    point === 0 ? plain + exponent : `${digits.slice(0, point)}.${digits.slice(point)}0${exponent}`,
    `-${digits}${exponent}`,
    String(halfway),
    String(halfway * 5n).replace(/(.)$/, ".$1"),
  ]);
}

test("NumberScanner reads random numbers as JSON.parse does", () => {
  seeded((random) => {
    for (let i = 0; i < 50_000; i++) requireSame(randomNumber(random));
  });
});
