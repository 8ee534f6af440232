import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseTextFormat,
  type TextValue,
  Word,
} from "../../../src/repository/catalog/text-format.ts";
import { seeded } from "../../support/random.ts";

/** Returns plain values: words as `=word`, messages as objects with lists. */
function plain(value: TextValue): unknown {
  if (value instanceof Word) return `=${value.text}`;
  if (typeof value !== "object") return value;
  return Object.fromEntries([...value].map(([name, values]) => [name, values.map(plain)]));
}

const parsed: readonly [what: string, text: string, fields: object][] = [
  ["an empty text", "  # nothing\n", {}],
  ["strings", `a: "one" b: 'two "2"'`, { a: ["one"], b: ['two "2"'] }],
  ["joined strings", `a: "one "\n  'and ' # comment\n "two"`, { a: ["one and two"] }],
  [
    "escapes",
    String.raw`a: "\n\t\\\"\'\?\a\x41\102\u00fc\U0001F600\303\274"`,
    { a: ["\n\t\\\"'?\x07ABü😀ü"] },
  ],
  [
    "numbers",
    "a: 1 b: -2 c: - 3 d: 1.5e3 e: .5f f: 0x1F g: 017 h: 1e+2",
    {
      a: [1],
      b: [-2],
      c: [-3],
      d: [1500],
      e: [0.5],
      f: [31],
      g: [15],
      h: [100],
    },
  ],
  ["infinity", "a: inf b: -inf", { a: [Infinity], b: [-Infinity] }],
  ["words", "a: KIND_CPU b: true", { a: ["=KIND_CPU"], b: ["=true"] }],
  ["messages", "a { b: 1 } c: < d: 2 >", { a: [{ b: [1] }], c: [{ d: [2] }] }],
  [
    "lists",
    "a: [1, 2] b [ {c: 1}, <c: 2> ] d: []",
    { a: [1, 2], b: [{ c: [1] }, { c: [2] }], d: [] },
  ],
  ["repeated fields", "a: 1 a: [2, 3] a: 4", { a: [1, 2, 3, 4] }],
  ["separators", "a: 1, b: 2; c: 3", { a: [1], b: [2], c: [3] }],
  [
    "a configuration of Triton",
    `name: "resnet"
     platform: "onnxruntime_onnx"
     max_batch_size: 8
     input [ { name: "x" data_type: TYPE_FP32 dims: [ 3, -1 ] } ]
     version_policy: { latest { num_versions: 2 }}  # the last two
     instance_group [{ count: 2 kind: KIND_CPU }]`,
    {
      name: ["resnet"],
      platform: ["onnxruntime_onnx"],
      max_batch_size: [8],
      input: [{ name: ["x"], data_type: ["=TYPE_FP32"], dims: [3, -1] }],
      version_policy: [{ latest: [{ num_versions: [2] }] }],
      instance_group: [{ count: [2], kind: ["=KIND_CPU"] }],
    },
  ],
];

for (const [what, text, fields] of parsed) {
  test(`parseTextFormat() reads ${what}`, () => {
    assert.deepEqual(plain(parseTextFormat(text)), fields);
  });
}

const refused: readonly [text: string, message: RegExp][] = [
  ["a", /^It ends where ":" or "\{" was expected$/],
  ["a:", /^It ends where a value was expected$/],
  ["a 1", /^Line 1: expected ":" or "\{", but found "1"$/],
  ["a: 1\n\nb: }", /^Line 3: expected a value, but found "\}"$/],
  ["a { b: 1", /^It ends where .* was expected$/],
  ["a { b: 1 >", /^Line 1: expected the name of a field or "\}", but found ">"$/],
  ["a: [1 2]", /^Line 1: expected "," or "\]", but found "2"$/],
  ["a: [1,", /^It ends where a value was expected$/],
  ['a: "open\nb: 1', /^Line 1: a string does not end on its line$/],
  ['\na: "\\q"', /^Line 2: there is no escape "\\\\q"$/],
  ['a: "\\377"', /^Line 1: a string is not UTF-8$/],
  ['a: "\\ud800"', /^Line 1: "d800" is not a character of Unicode$/],
  ["a: 12abc", /^Line 1: expected a value, but found "12abc"$/],
  ["a: 09", /^Line 1: expected a value, but found "09"$/],
  ['a: -"x"', /^Line 1: expected a number, but found "x"$/],
  ["a: -b", /^Line 1: expected a number, but found "b"$/],
  ["1: 2", /^Line 1: expected the name of a field, but found "1"$/],
  ["a = 1", /^Line 1: found "=", which means nothing here$/],
  ["[ext.name]: 1", /^Line 1: found "\.", which means nothing here$/],
  ["a{".repeat(100), /^Line 1: expected at most 32 levels of nesting/],
  ["#".repeat(300_000), /^It must be at most 262144 characters, but is longer$/],
];

for (const [text, message] of refused) {
  test(`parseTextFormat() refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
    assert.throws(() => parseTextFormat(text), { message });
  });
}

test("parseTextFormat() answers any text, in linear time", () => {
  seeded((random) => {
    const pieces = ["a", ":", "{", "}", "<", ">", "[", "]", ",", '"x"', "'", "1", "-", "#", "\n"];
    for (let round = 0; round < 2_000; round++) {
      const length = random.below(30);
      const text = Array.from({ length }, () => random.of(pieces)).join(random.of(["", " "]));
      try {
        parseTextFormat(text);
      } catch (error) {
        assert.ok(error instanceof Error && /^(Line \d+: |It ends)/.test(error.message), text);
      }
    }
  });
  // What takes quadratic time here does not end before the time limit of tests.
  for (const piece of ["a:1 ", '"', "\\", "a:[", "a{}", "1e+", "\n"]) {
    try {
      parseTextFormat(piece.repeat(Math.floor(262_144 / piece.length)));
    } catch {
      // Most are not valid.
    }
  }
});
