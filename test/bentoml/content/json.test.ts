import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { encodeJson } from "../../../src/bentoml/content/json.ts";
import { decodeBody } from "../../../src/io/form/form.ts";
import { multipart } from "../../../src/io/form/multipart.ts";
import { json } from "../../../src/io/json/json.ts";
import { stringifyJson } from "../../../src/io/json/text.ts";
import { namedTensors } from "../../../src/io/tensor/named-tensors.ts";
import { tensor } from "../../../src/tensor.ts";
import { type Random, seeded } from "../../support/random.ts";
import { write } from "./content-of.ts";

/** What the message of a value says, once it has been sent. */
function sent(value: unknown): JsonValue {
  const bytes = toBinary(ValueSchema, encodeJson(value));
  return toJson(ValueSchema, fromBinary(ValueSchema, bytes));
}

/** What the text of a value says. */
function written(value: unknown): unknown {
  return JSON.parse(new TextDecoder().decode(stringifyJson(value)));
}

class Point {
  readonly x = 1;
  readonly #hidden = 2;
  get y(): number {
    return this.#hidden;
  }
}

const own = Object.defineProperty({ a: 1 }, "__proto__", { value: { b: 2 }, enumerable: true });

const SAME: readonly (readonly [string, unknown])[] = [
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

for (const [what, value] of SAME) {
  test(`encodeJson() gives the same JSON as the text of ${what}`, () => {
    assert.deepEqual(sent(value), written(value));
  });
}

test("encodeJson() has digits for integers that a double cannot hold", () => {
  const value = [2n ** 53n + 1n, 2n ** 64n - 1n, 10n ** 20n, -(10n ** 400n)];
  assert.deepEqual(sent(value), [
    "9007199254740993",
    `${2n ** 64n - 1n}`,
    1e20,
    `-1${"0".repeat(400)}`,
  ]);
});

const cycle: unknown[] = [];
cycle.push({ cycle });
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

const REFUSED: readonly (readonly [string, unknown])[] = [
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

for (const [what, value] of REFUSED) {
  test(`encodeJson() refuses ${what} with the error of the text`, () => {
    let message: string | undefined;
    try {
      stringifyJson(value);
    } catch (error) {
      assert.ok(error instanceof TypeError || (error as Error).message === "no");
      message = (error as Error).message;
    }
    assert.ok(message !== undefined);
    assert.throws(() => encodeJson(value), { name: "TypeError", message });
  });
}

test("encodeContent() gives a form's message the same JSON as its body", async () => {
  const value = {
    rows: [{ at: new Date(0), score: 0.5, none: undefined }],
    scores: { x: tensor("float64", [1, 2], Float64Array.of(Number.NaN, 1e21)) },
  };
  const io = multipart({ rows: json(), scores: namedTensors() });
  const message = (await write(io, value))["multipart"] as { fields: Record<string, JsonValue> };
  const read = await decodeBody(
    multipart({ rows: json(), scores: json() }),
    await io.encode(value),
  );
  const { rows, scores } = read;
  assert.deepEqual(message.fields, { rows: { json: rows }, scores: { json: scores } });
});

test("encodeJson() takes 512 levels", () => {
  assert.deepEqual(toJson(ValueSchema, encodeJson(deep(512))), deep(512));
  const message = /circular, or nested deeper than 512 levels/;
  assert.throws(() => encodeJson(deep(513)), { name: "TypeError", message });
});

/** A random value that JSON can say. */
function anyValue(random: Random, depth: number): unknown {
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

test("encodeJson() gives random values the same JSON as their text", () => {
  seeded((random) => {
    for (let at = 0; at < 1000; at++) {
      const value = anyValue(random, 4);
      assert.deepEqual(sent(value), written(value), `value ${at}`);
    }
  });
});
