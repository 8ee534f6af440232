import assert from "node:assert/strict";
import { test } from "node:test";
import { tensor } from "../../src/tensor.ts";
import { type AnyLoaded, checkLoaded } from "../../src/worker/loaded.ts";
import { type RunnableOptions, runnable } from "../../src/worker/runnable.ts";

const check = (loaded: unknown, options: RunnableOptions = {}) =>
  checkLoaded(
    runnable("file:///x.ts", () => loaded as AnyLoaded, options),
    loaded as AnyLoaded,
  );
const one = (value: unknown) => value;
const axes = { input: {}, output: {} };
const row = tensor("int8", [1]);

test("checkLoaded() returns each method and whether it is batched", () => {
  const given = { batched: { one }, methods: { two: one }, close() {} };
  const options = { notIdempotent: ["one", "two"], notSplittable: ["one"] };
  const hints = { warmUp: { one: row }, rowAxes: { one: axes } };
  assert.deepEqual(check({ ...given, ...hints }, options), { one: "batched", two: "plain" });
});

const wrong: [string, unknown, RunnableOptions, RegExp][] = [
  ["nothing", undefined, {}, /must return an object with methods, not undefined/],
  ["a misspelt part", { batch: { one } }, {}, /must not return "batch": did you mean "batched"\?/],
  ["an option", { multiThreaded: true }, {}, /"multiThreaded" is an option of runnable\(\)/],
  ["a method twice", { batched: { one }, methods: { one } }, {}, /is in both/],
  ["an invalid method", { methods: { one: 1 } }, {}, /"one" .* must be a function, but is num/],
  ["a warm-up of none", { batched: { one }, warmUp: { on: row } }, {}, /did you mean "one"\?/],
  ["axes of a plain method", { methods: { one }, rowAxes: { one: axes } }, {}, /no batched method/],
  [
    "a method that must not run twice and is none",
    { methods: { pay: one } },
    { notIdempotent: ["payy"] },
    /"notIdempotent" of file:\/\/\/x.ts names "payy", which is no method: did you mean "pay"\?/,
  ],
  [
    "a plain method that must not be split",
    { batched: { one }, methods: { other: one } },
    { notSplittable: ["other"] },
    /names "other", which is no batched method: it may name one/,
  ],
];
for (const [what, loaded, options, message] of wrong) {
  test(`checkLoaded() refuses ${what}`, () => {
    assert.throws(() => check(loaded, options), { name: "TypeError", message });
  });
}

test("runnable() refuses an unknown option", () => {
  assert.throws(
    () => runnable("file:///x.ts", () => ({}), { notIdempotant: ["pay"] } as RunnableOptions),
    /Cannot define a runnable with the option "notIdempotant": did you mean "notIdempotent"\?/,
  );
});
