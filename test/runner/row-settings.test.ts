import assert from "node:assert/strict";
import { test } from "node:test";
import { rowSettings } from "../../src/runner/rows/row-settings.ts";
import type { TensorSpec } from "../../src/tensor.ts";
import type { MethodSpecs } from "../../src/worker/method-specs.ts";
import type { RowOptions } from "../../src/worker/row-options.ts";

const settingsOf = (
  rows: RowOptions,
  axes: {
    axisIn?: number | Record<string, number>;
    axisOut?: number | Record<string, number>;
  } = {},
  specs?: MethodSpecs,
) =>
  rowSettings({
    runner: "texts",
    method: "embed",
    runnable: { rows },
    axes: { axisIn: 0, axisOut: 0, ...axes },
    specs,
  });
const ids = { axis: 1, value: 0 };
const padded = (pad: object, unpad?: object): RowOptions => ({
  pad: { embed: pad as typeof ids },
  ...(unpad && { unpad: { embed: unpad as typeof ids } }),
});
const spec = (name: string, dtype: TensorSpec["dtype"], ...shape: (string | number)[]) => ({
  name,
  dtype,
  shape,
});

test("rowSettings() makes the weight and the padding of a method, and of no other", () => {
  const { weightOf, padding } = settingsOf({
    weight: { embed: () => 3 },
    ...padded(ids, { axis: 1 }),
  });
  assert.equal(weightOf?.("row", 0), 3);
  assert.deepEqual([...(padding?.input.keys() ?? [])], [""]);
  assert.deepEqual([...(padding?.output.keys() ?? [])], [""]);
  assert.deepEqual(settingsOf({ weight: { other: () => 3 }, pad: { other: ids } }), {});
  assert.deepEqual(settingsOf({}), {});
});

test("rowSettings() takes tensors that fit their specifications", () => {
  const rows = padded({ ids: { axis: 1, value: 0n }, mask: { axis: 1, value: false } });
  const input = [
    spec("ids", "int64", "n", ""),
    spec("mask", "bool", "n", ""),
    spec("x", "int8", ""),
  ];
  assert.ok(settingsOf(rows, {}, { input }).padding);
  const unknown = [spec("ids", undefined, "n", ""), { ...spec("mask", "bool"), shape: undefined }];
  assert.ok(settingsOf(rows, {}, { input: unknown }).padding);
  assert.ok(settingsOf(rows, { axisIn: { ids: 0, mask: 0 } }, { output: input }).padding);
});

const where = 'of "embed" of runner "texts"';
const wrong: readonly [string, Parameters<typeof settingsOf>, string][] = [
  [
    "along the axis of the rows",
    [padded({ axis: 0, value: 0 })],
    `"pad" ${where} names axis 0, which is the axis of the rows`,
  ],
  [
    "along the batch axis",
    [padded(ids), { axisIn: 1 }],
    `"pad" ${where} names axis 1, which is the axis of the rows`,
  ],
  [
    "along the axis of the rows of a tensor in a record",
    [padded({ ids }), { axisIn: { ids: 1 } }],
    `"pad" ${where} names axis 1 of "ids", which is the axis of the rows`,
  ],
  [
    "of a tensor that carries no rows",
    [padded({ ids }), { axisIn: { other: 0 } }],
    `"pad" ${where} names "ids", which carries no rows: calls in which it differs are not joined`,
  ],
  [
    "of a result along the axis of its rows",
    [padded(ids, { axis: 1 }), { axisOut: 1 }],
    `"unpad" ${where} names axis 1, which is the axis of the rows`,
  ],
  [
    "of a result that carries no rows",
    [padded(ids, { y: { axis: 1 } }), { axisOut: { z: 0 } }],
    `"unpad" ${where} names "y", which carries no rows: calls in which it differs are not joined`,
  ],
  [
    "of a tensor that its specifications lack",
    [padded({ ids }), {}, { input: [spec("id", "int64", "", ""), spec("mask", "bool", "", "")] }],
    `"pad" ${where} names "ids", but "specs" names "id", "mask"`,
  ],
  [
    "of a record by the specification of a tensor",
    [padded({ ids }), {}, { input: spec("ids", "int64", "", "") }],
    `"pad" ${where} names "ids", but "specs" names a tensor`,
  ],
  [
    "along an axis beyond the shape",
    [padded(ids), {}, { input: spec("x", "int64", "n") }],
    `"pad" ${where} names axis 1 of "x", whose shape is [n]`,
  ],
  [
    "of a result along an axis beyond the shape",
    [padded(ids, { axis: 1 }), {}, { output: spec("y", "int64", "n") }],
    `"unpad" ${where} names axis 1 of "y", whose shape is [n]`,
  ],
  [
    "with a value that is no element of the dtype",
    [padded({ mask: ids }), {}, { input: [spec("mask", "bool", "", "")] }],
    `"pad" ${where} does not fit "specs": "mask" is of bool, but is padded with 0, and an ` +
      "element of bool is true or false",
  ],
];
for (const [what, given, message] of wrong) {
  test(`rowSettings() refuses padding ${what}`, () => {
    assert.throws(() => settingsOf(...given), { name: "TypeError", message });
  });
}
