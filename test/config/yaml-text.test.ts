import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_YAML_LENGTH, parseYaml } from "../../src/config/yaml-text.ts";
import { configOf } from "./config-of.ts";

test("parseYaml() reads one document of plain values", () => {
  for (const [text, wanted] of [
    ["", null],
    ["\ufeff# a comment\r\na: 1\r\n", { a: 1 }],
    ["1: a\ntrue: b\n? null\n: c", { 1: "a", true: "b", null: "c" }],
    ["a: &x { k: 1 }\nb: *x", { a: { k: 1 }, b: { k: 1 } }],
    ["a: 0x10\nb: 1e3\nc: 2020-01-01\nd: yes", { a: 16, b: 1000, c: "2020-01-01", d: "yes" }],
    [`a: ${"x".repeat(MAX_YAML_LENGTH - 3)}`, { a: "x".repeat(MAX_YAML_LENGTH - 3) }],
  ] as const) {
    assert.deepEqual(parseYaml(text), wanted);
  }
});

/** Each list has ten times the last one. */
const bomb = ["a: &a0 [x]"]
  .concat(
    Array.from({ length: 9 }, (_, at) => `b${at}: &a${at + 1} [${Array(10).fill(`*a${at}`)}]`),
  )
  .join("\n");

const wrong: readonly [string, string, RegExp][] = [
  ["a list without an end", "runners: [", /^It is not YAML: .* at line 1, column \d+$/],
  ["two documents", "a: 1\n---\nb: 2", /^It is not YAML: Source contains multiple documents/],
  ["a key that occurs twice", "a: { b: 1, b: 2 }", /^It is not YAML: The key "b" occurs twice$/],
  ["a key that is a mapping", "{ a: 1 }: b", /^It is not YAML: With stringKeys, all keys must be/],
  ["bytes", "a: !!binary aGk=", /^It is not YAML: Unresolved tag: tag:yaml.org,2002:binary at/],
  ["a tag of its own", "a: !mine 1", /^It is not YAML: Unresolved tag: !mine at line 1, column 4$/],
  ["an alias of nothing", "a: *b", /^It is not YAML: Unresolved alias/],
  ["tabs", "a:\n\t- b", /^It is not YAML: Tabs are not allowed/],
  ["aliases that multiply", bomb, /^It is not YAML: Excessive alias count/],
  [
    "a longer text",
    "#".repeat(MAX_YAML_LENGTH + 1),
    /^It must be at most 65536 characters, but is/,
  ],
  ["lists in lists, without end", "[".repeat(60_000), /^It is not YAML: /],
];
for (const [what, text, message] of wrong) {
  test(`parseYaml() refuses ${what}`, () => {
    assert.throws(() => parseYaml(text), { name: "Error", message });
    assert.throws(() => configOf(text), {
      name: "Error",
      message: new RegExp(`^Cannot use the configuration c.yaml: ${message.source.slice(1)}`),
    });
  });
}

test("parseConfig() refuses deep nesting, and cycles", () => {
  for (const text of [
    `a: ${"[".repeat(30_000)}${"]".repeat(30_000)}`,
    `a: ${"[".repeat(500)}${"]".repeat(500)}`,
    "a: &a { b: *a }",
  ]) {
    assert.throws(() => configOf(text), /nested (at most 16 levels|too) deep$/);
  }
});

test("parseYaml() reads as many keys as fit", () => {
  const keys = Array.from({ length: 10_000 }, (_, at) => `k${at}`);
  assert.equal(Object.keys(parseYaml(`{${keys}}`) as object).length, 10_000);
});
