/** Values to write as JSON, for tests. */
import type { Random } from "../support/random.ts";

class Point {
  readonly x = 1;
  readonly #hidden = 2;
  get y(): number {
    return this.#hidden;
  }
}

const own = Object.defineProperty({ a: 1 }, "__proto__", { value: { b: 2 }, enumerable: true });

/** Those that JSON can say. */
export const SAME: readonly (readonly [string, unknown])[] = [
  ["nothing", undefined],
  ["null", null],
  [
    "the bounds of doubles",
    [0, -0, 5e-324, 1.7976931348623157e308, 2 ** 53, 1e20, 1e21, -(2 ** 70)],
  ],
  ["strings", ["", "grüße 日本 🍱", '\u0000"\\']],
  ["objects in objects", { a: { b: [{}, [], [[1]]] }, "": 1, é: null }],
  ["keys that look like numbers", { b: 1, 2: 2, 1: 3 }],
  ["a key __proto__", own],
  ["what JSON leaves out", { a: undefined, b: () => 1, c: Symbol("c"), d: [undefined, () => 1] }],
  ["holes in arrays", new Array(3)],
  ["dates and toJSON()", { at: new Date(0), more: [{ toJSON: (key: string) => `key ${key}` }] }],
  ["a toJSON() that gives nothing", { a: { toJSON: () => undefined }, b: 1 }],
  ["objects of primitives", [new Number(1), new String("a"), new Boolean(false)]],
  ["maps, sets and classes", [new Map([[1, 2]]), new Set([1]), new Point(), /a/, new Error("x")]],
  ["typed arrays", Float32Array.of(0.1, 2)],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 })],
  ["small BigInts", [1n, -(2n ** 53n) + 1n, 2n ** 53n]],
];

const cycle: unknown[] = [];
cycle.push({ cycle });

/** Nested arrays. */
export const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

/** Those that it cannot. */
export const REFUSED: readonly (readonly [string, unknown])[] = [
  ["NaN", Number.NaN],
  ["Infinity in it", { scores: [1, { "first name": Number.POSITIVE_INFINITY }] }],
  ["NaN of an object", [new Number(Number.NaN)]],
  ["NaN from toJSON()", { a: { toJSON: () => Number.NaN } }],
  ["a cycle", cycle],
  ["NaN beside a BigInt", [1n, Number.NaN]],
  ["a function", () => 1],
  ["a symbol", Symbol("x")],
  [
    "a toJSON() that throws",
    {
      toJSON() {
        throw new Error("no");
      },
    },
  ],
];

/** A random value that JSON can say. */
export function anyValue(random: Random, depth: number): unknown {
  const some = <T>(make: () => T): T[] => Array.from({ length: random.below(5) }, make);
  switch (random.below(depth === 0 ? 5 : 7)) {
    case 0:
      return null;
    case 1:
      return random.below(2) === 1;
    case 2:
      return (random.next() - 0.5) * 10 ** (random.below(600) - 300);
    case 3:
      return random.below(2 ** 53);
    case 4:
      return String.fromCharCode(...some(() => random.below(0xd800)));
    case 5:
      return some(() => anyValue(random, depth - 1));
    default:
      return Object.fromEntries(
        some(() => [String(random.below(9)), anyValue(random, depth - 1)] as const),
      );
  }
}
