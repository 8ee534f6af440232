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
  const { methods, specs } = check({ ...given, ...hints }, options);
  assert.deepEqual([methods, specs], [{ one: "batched", two: "plain" }, {}]);
});

test("checkLoaded() returns the specifications of tensors, with -1 as an open axis", () => {
  const x = { name: "x", dtype: "float32", shape: [-1, "n", 3, ""] };
  const y = { name: "y", dtype: undefined, shape: undefined };
  const given = { one: { input: x, output: [y, { ...x, more: 1 }] }, two: undefined };
  const { specs } = check({ batched: { one }, methods: { two: one }, specs: given });
  const checked = { ...x, shape: ["", "n", 3, ""] };
  assert.deepEqual(specs, { one: { input: checked, output: [y, checked] } });
});

const x = { name: "x", dtype: "float32", shape: [1] };
const wrongSpecs: readonly [string, unknown, RegExp][] = [
  ["of no object", 1, /"specs" that must be \{ input, output \}, not 1/],
  ["of inputs", { inputs: [x] }, /has "specs" with "inputs": they may have input and output/],
  [
    "without a name",
    { input: { ...x, name: "" } },
    /input of Method "one" of file:\/\/\/x.ts must/,
  ],
  ["of a name twice", { output: [x, x] }, /two tensors with the name "x"/],
  ["of another dtype", { input: { ...x, dtype: "float" } }, /"x" of the unknown dtype "float"/],
  ["of a number as the shape", { input: { ...x, shape: 3 } }, /a shape that is no list: 3/],
  ["of a negative length", { input: { ...x, shape: [-2] } }, /with the axis -2: an axis is a leng/],
  ["of a half length", { input: { ...x, shape: [0.5] } }, /with the axis 0.5/],
  ["of nothing in a list", { input: [null] }, /must be \{ name, dtype, shape \}.* not null/],
];
for (const [what, given, message] of wrongSpecs) {
  test(`checkLoaded() refuses specs ${what}`, () => {
    const loaded = { methods: { one }, specs: { one: given } };
    assert.throws(() => check(loaded), { name: "TypeError", message });
  });
}

const wrong: [string, unknown, RunnableOptions, RegExp][] = [
  ["nothing", undefined, {}, /must return an object with methods, not undefined/],
  ["a misspelt part", { batch: { one } }, {}, /must not return "batch": did you mean "batched"\?/],
  ["an option", { multiThreaded: true }, {}, /"multiThreaded" is an option of runnable\(\)/],
  ["a method twice", { batched: { one }, methods: { one } }, {}, /is in both/],
  ["an invalid method", { methods: { one: 1 } }, {}, /"one" .* must be a function, but is num/],
  ["a warm-up of none", { batched: { one }, warmUp: { on: row } }, {}, /did you mean "one"\?/],
  ["axes of a plain method", { methods: { one }, rowAxes: { one: axes } }, {}, /no batched method/],
  [
    "specs of no method",
    { methods: { one }, specs: { on: {} } },
    {},
    /no method: did you mean "one"/,
  ],
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
for (const option of ["weight", "pad", "unpad"] as const) {
  const declared = { weight: () => 1, pad: { axis: 1, value: 0 }, unpad: { axis: 1 } };
  const options = (method: string): RunnableOptions => ({
    ...(option === "unpad" && { pad: { [method]: declared.pad } }),
    [option]: { [method]: declared[option] },
  });
  wrong.push(
    [
      `${option} of no method`,
      { batched: { one } },
      options("on"),
      /(weight|pad)" of file:\/\/\/x.ts names "on", which is no batched method: .* mean "one"\?/,
    ],
    [
      `${option} of a plain method`,
      { methods: { one }, batched: { two: one } },
      options("one"),
      /(weight|pad)" of file:\/\/\/x.ts names "one", which is no batched method/,
    ],
  );
}
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

const pad = { axis: 1, value: 0 };
const wrongRows: readonly [string, unknown, RegExp][] = [
  ["a weight that is no object", { weight: 5 }, /"weight" must be an object by method, but was 5$/],
  [
    "a number as a weight",
    { weight: { a: 5 } },
    /"weight" of "a" must be a function .*, but was 5/,
  ],
  ["a number as padding", { pad: { a: 1 } }, /"pad" of "a" must be \{ axis \}, or a rec.* was 1$/],
  ["padding of nothing", { pad: { a: {} } }, /"pad" of "a" must be .*, but was an empty record$/],
  ["padding without an axis", { pad: { a: { value: 0 } } }, /"pad" of .* but was \{"value":0\}$/],
  ["padding without a value", { pad: { a: { axis: 1 } } }, /"pad" of "a" .*, but was undefined$/],
  [
    "padding with a misspelt key",
    { pad: { a: { ...pad, vlaue: 0 } } },
    /Cannot pad the calls of "a" with the option "vlaue": did you mean "value"\?/,
  ],
  ["a negative axis", { pad: { a: { ...pad, axis: -1 } } }, /whole numbers .*, but was \[-1\]$/],
  ["no axes", { pad: { a: { ...pad, axis: [] } } }, /along axes that .* was \[\]$/],
  ["an axis twice", { pad: { a: { ...pad, axis: [1, 1] } } }, /each once, but was \[1,1\]$/],
  [
    "fewer names than axes",
    { pad: { a: { ...pad, axis: [1, 2], name: "words" } } },
    /"pad" of "a" must be given a name for each axis, but was "words"$/,
  ],
  [
    "rounding to 0",
    { pad: { a: { ...pad, roundUp: 0 } } },
    /a whole number from 1 or to "power of two", but was 0/,
  ],
  ["rounding to a word", { pad: { a: { ...pad, roundUp: "two" } } }, /"power of two", but was two/],
  [
    "a result cut back without padding",
    { unpad: { a: { axis: 1 } } },
    /"unpad" names "a", but "pad" does not: only the results of padded calls are cut back$/,
  ],
  [
    "a result cut back with a value",
    { pad: { a: pad }, unpad: { a: pad } },
    /Cannot cut back the result of "a" with the option "value"/,
  ],
];
for (const [what, options, message] of wrongRows) {
  test(`runnable() refuses ${what}`, () => {
    const define = () => runnable("file:///x.ts", () => ({}), options as RunnableOptions);
    assert.throws(define, { name: "TypeError", message });
  });
}
