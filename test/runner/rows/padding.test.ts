import assert from "node:assert/strict";
import { test } from "node:test";
import { Padding, type PaddingOptions } from "../../../src/runner/rows/padding.ts";
import { shapeOf } from "../../../src/runner/rows/rows.ts";
import { type DType, type Tensor, tensor } from "../../../src/tensor.ts";
import type { Pad } from "../../../src/worker/row-options.ts";

const made = (pad: PaddingOptions["pad"], unpad?: PaddingOptions["unpad"]): Padding =>
  new Padding('"embed" of runner "texts"', { pad, unpad });
const zeros = (...shape: number[]): Tensor => tensor("float32", shape);
const ids: Pad = { axis: 1, value: 0 };
const keyOf = (input: unknown, padding: Padding): string => shapeOf(input, 0, padding).key;

test("shapeOf() leaves the padded axes of a call open", () => {
  const one = made(ids);
  assert.equal(keyOf(zeros(2, 5, 3), one), keyOf(zeros(1, 7, 3), one));
  assert.equal(keyOf(zeros(2, 0, 3), one), keyOf(zeros(1, 7, 3), one));
  assert.notEqual(keyOf(zeros(2, 5, 3), one), keyOf(zeros(2, 5, 4), one));
  assert.notEqual(keyOf(zeros(2, 5, 3), one), keyOf(tensor("int32", [2, 5, 3]), one));
  assert.notEqual(keyOf(zeros(2, 5), one), keyOf(zeros(2, 5, 3), one));
  assert.equal(shapeOf(zeros(2, 5, 3), 0, one).rows, 2);
  const both = made({ axis: [1, 2], value: 0 });
  assert.equal(keyOf(zeros(2, 5, 3), both), keyOf(zeros(1, 7, 4), both));
  const named = made({ ids, mask: ids });
  const call = (length: number, width = 2) => ({
    ids: zeros(1, length),
    mask: zeros(1, length),
    fixed: zeros(1, width),
  });
  assert.equal(keyOf(call(3), named), keyOf(call(9), named));
  assert.notEqual(keyOf(call(3), named), keyOf(call(3, 4), named));
  assert.notEqual(keyOf({ ids: zeros(1, 3) }, named), keyOf(call(3), named), "other names");
});

const decoder = made(
  { ids, target: { ...ids, name: "decoder" } },
  { hidden: { axis: 1 }, logits: { axis: 1, name: "decoder" } },
);

test("Padding has a length for each name of axes", () => {
  const call = (length: number, other: number) => ({
    ids: zeros(1, length),
    target: zeros(1, other),
  });
  assert.deepEqual(decoder.lengthsOf(call(3, 5)), [3, 5]);
  const calls = [call(3, 5), call(4, 2)].map((each) => decoder.lengthsOf(each));
  assert.deepEqual(decoder.joint(calls), [4, 5]);
  assert.deepEqual(made({ axis: [1, 2], value: 0 }).lengthsOf(zeros(9, 2, 3)), [2, 3]);
  assert.deepEqual(made({ ids, mask: ids }).lengthsOf({ ids: zeros(1, 3), other: zeros(1) }), [3]);
  assert.deepEqual(made({ ids, mask: ids }).joint([[undefined]]), [undefined]);
});

for (const [roundUp, length, wanted] of [
  [undefined, 5, 5],
  [1, 5, 5],
  [8, 5, 8],
  [8, 8, 8],
  [8, 9, 16],
  [8, 0, 0],
  ["power of two", 0, 0],
  ["power of two", 1, 1],
  ["power of two", 2, 2],
  ["power of two", 3, 4],
  ["power of two", 512, 512],
  ["power of two", 513, 1_024],
] as const) {
  test(`Padding rounds ${length} up to ${wanted} with roundUp ${roundUp}`, () => {
    const padding = made({ ...ids, ...(roundUp && { roundUp }) });
    assert.deepEqual(padding.joint([[0], [length]]), [wanted]);
    assert.equal(padding.weightOf(zeros(4, length)), Math.max(1, wanted));
  });
}

const wrongCalls: readonly [string, Padding, unknown, object][] = [
  [
    "without the axis",
    made(ids),
    zeros(3),
    {
      code: "invalid_argument",
      message: "The tensor has no axis 1 to be padded: its shape is [3]",
    },
  ],
  [
    "of unlike lengths",
    made({ ids, mask: ids }),
    { ids: zeros(1, 3), mask: zeros(1, 4) },
    {
      code: "invalid_argument",
      message:
        "All padded axes of a call must have the same length, " +
        'but axis 1 of "ids" has 3 and axis 1 of "mask" has 4',
    },
  ],
  [
    "without the tensor whose length its result has",
    decoder,
    { ids: zeros(1, 3) },
    { code: "invalid_argument", message: 'A call must have "target": its results are as long' },
  ],
  [
    "of a dtype that the value does not fit",
    made({ ids: { axis: 1, value: -1 } }),
    { ids: tensor("uint8", [1, 3]) },
    {
      code: "invalid_argument",
      message:
        '"ids" is of uint8, but is padded with -1, and an element of uint8 is ' +
        "a whole number from 0 to 255",
    },
  ],
  [
    "with a record in place of a tensor",
    made(ids),
    { ids: zeros(1, 3) },
    { name: "TypeError", message: "The method pads a tensor, but was given a record" },
  ],
  [
    "with a tensor in place of a record",
    made({ ids, mask: ids }),
    zeros(1, 3),
    {
      name: "TypeError",
      message: 'The method pads tensors by name ("ids", "mask"), but was given a tensor',
    },
  ],
  [
    "with an array",
    made(ids),
    [1],
    { message: "The method pads a tensor, but was given an array" },
  ],
  ["with a text", made({ ids }), "a", { message: /by name \("ids"\), but was given string$/ }],
  ["with null", made({ ids }), null, { message: /but was given null$/ }],
];
for (const [what, padding, input, error] of wrongCalls) {
  test(`shapeOf() refuses to pad a call ${what}`, () => {
    assert.throws(() => shapeOf(input, 0, padding), error);
  });
}

const right: readonly [DType, unknown, unknown][] = [
  ["float16", 0.1, 0.1],
  ["float16", Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ["float32", Number.NaN, Number.NaN],
  ["float64", 1e300, 1e300],
  ["int8", -128, -128],
  ["uint16", 65_535, 65_535],
  ["uint32", 4_294_967_295, 4_294_967_295],
  ["int64", 1, 1n],
  ["int64", -(2n ** 63n), -(2n ** 63n)],
  ["uint64", 2n ** 64n - 1n, 2n ** 64n - 1n],
  ["bool", true, 1],
  ["bool", false, 0],
  ["string", "[PAD]", "[PAD]"],
];
for (const [dtype, value, element] of right) {
  test(`Padding takes ${value} as an element of ${dtype}`, () => {
    const padding = made({ axis: 1, value } as Pad);
    assert.equal(padding.elementFor("", dtype), element);
  });
}

const wrong: readonly [DType, unknown, RegExp][] = [
  ["float16", 70_000, /is padded with 70000, and an element of float16 is a number$/],
  ["float32", 0n, /is padded with 0n, and an element of float32 is a number$/],
  ["float32", "0", /is padded with "0", and an element of float32 is a number$/],
  ["int8", 128, /is padded with 128, .* a whole number from -128 to 127$/],
  ["int8", 0.5, /is padded with 0\.5, .* a whole number from -128 to 127$/],
  ["int32", Number.NaN, /is padded with NaN, .* a whole number from -2147483648 to 2147483647$/],
  ["int64", 0.5, /is padded with 0\.5, .* a whole number of 64 bits$/],
  ["int64", 2n ** 63n, /is padded with 9223372036854775808n, .* a whole number of 64 bits$/],
  ["uint64", -1n, /is padded with -1n, .* a whole number from 0 up of 64 bits$/],
  ["uint64", false, /is padded with false, .* a whole number from 0 up of 64 bits$/],
  ["bool", 0, /is padded with 0, and an element of bool is true or false$/],
  ["string", 0, /is padded with 0, and an element of string is a text$/],
];
for (const [dtype, value, message] of wrong) {
  test(`Padding refuses ${value} as an element of ${dtype}`, () => {
    const padding = made({ axis: 1, value } as Pad);
    assert.throws(() => padding.elementFor("", dtype), { code: "invalid_argument", message });
  });
}

test("Padding refuses to cut a result back to a length that no padded axis has", () => {
  assert.throws(() => made(ids, { axis: 1, name: "words" }), {
    name: "TypeError",
    message:
      'Axis 1 of the result of "embed" of runner "texts" cannot be cut back to the length ' +
      '"words", which "pad" does not name: it names "0"',
  });
});
