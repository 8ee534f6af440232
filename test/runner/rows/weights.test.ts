import assert from "node:assert/strict";
import { test } from "node:test";
import { batchSettings } from "../../../src/runner/batching/batch-options.ts";
import { Padding } from "../../../src/runner/rows/padding.ts";
import type { RowAxis } from "../../../src/runner/rows/rows.ts";
import {
  checkedWeight,
  heaviestOf,
  type Weighing,
  type Weights,
  weightsOf,
} from "../../../src/runner/rows/weights.ts";
import { type Tensor, tensor } from "../../../src/tensor.ts";
import { seeded } from "../../support/random.ts";
import { bench, rows, settled } from "../fake-workers.ts";

/** Settings with a checked weight function. */
function weighing(weigh: (row: never) => number, axisIn: RowAxis = 0): Weighing {
  return { axisIn, weightOf: checkedWeight("texts", "embed", weigh) };
}

const numbered = (...shape: number[]): Tensor<"float32"> => {
  const made = tensor("float32", shape);
  return { ...made, data: made.data.map((_, at) => at) };
};
const padding = new Padding("embed", { pad: { axis: 1, value: 0 } });

const weighed: readonly [string, unknown, number, Weighing, number | readonly number[]][] = [
  ["without a weight", [1, 2], 2, { axisIn: 0 }, 1],
  ["by its padded length", numbered(3, 7), 3, { axisIn: 0, padding }, 7],
  ["of no length", numbered(3, 0), 3, { axisIn: 0, padding }, 1],
  ["of items of one weight", ["ab", "cd"], 2, weighing((text: string) => text.length), 2],
  ["of items of unlike weight", ["a", "a", "bc"], 3, weighing((t: string) => t.length), [1, 1, 2]],
  ["whose first item is the heaviest", ["abc", "d"], 2, weighing((t: string) => t.length), [3, 1]],
  ["of one item", ["abc"], 1, weighing((text: string) => text.length), 3],
  ["without rows", [], 0, weighing(() => assert.fail("it has no rows")), 1],
  [
    "by its function rather than its length",
    numbered(2, 3),
    2,
    { ...weighing(({ data }: Tensor<"float32">) => (data[0] ?? 0) + 1), padding },
    [1, 4],
  ],
];
for (const [what, input, count, settings, wanted] of weighed) {
  test(`weightsOf() weighs a call ${what}`, () => {
    const weights = weightsOf(input, count, settings);
    assert.deepEqual(typeof weights === "number" ? weights : [...weights], wanted);
  });
}

const given: readonly [string, unknown, RowAxis, (at: number) => unknown][] = [
  ["a tensor", numbered(2, 3), 0, (at) => [[1, 3], [0, 1, 2].map((n) => n + 3 * at)]],
  [
    "a tensor with rows along axis 1",
    numbered(2, 2),
    1,
    (at) => [
      [2, 1],
      [at, at + 2],
    ],
  ],
  [
    "a record of tensors",
    { x: numbered(2, 1), y: numbered(1, 2), scale: numbered(3) },
    { x: 0, y: 1 },
    (at) => ({ x: [[1, 1], [at]], y: [[1, 1], [at]], scale: [[3], [0, 1, 2]] }),
  ],
];
for (const [what, input, axis, wanted] of given) {
  test(`weightsOf() gives its function one row of ${what}`, () => {
    const plain = ({ shape, data }: Tensor): unknown => [shape, [...data]];
    const seen: unknown[] = [];
    const weigh = (row: Tensor | Record<string, Tensor>): number => {
      const isOne = Array.isArray(row.shape);
      const entries = (): [string, unknown][] =>
        Object.entries(row as Record<string, Tensor>).map(([name, each]) => [name, plain(each)]);
      return seen.push(isOne ? plain(row as Tensor) : Object.fromEntries(entries()));
    };
    weightsOf(input, 2, weighing(weigh, axis));
    assert.deepEqual(seen, [wanted(0), wanted(1)]);
  });
}

test("weightsOf() does not copy rows that are consecutive in memory", () => {
  const input = { x: numbered(2, 3), scale: numbered(4) };
  const weigh = ({ x, scale }: typeof input): number => {
    assert.equal(x.data.buffer, input.x.data.buffer);
    assert.equal(scale, input.scale);
    return 1;
  };
  assert.equal(weightsOf(input, 2, weighing(weigh, { x: 0 })), 1);
});

for (const [weight, shown] of [
  [0, "0"],
  [-1, "-1"],
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "Infinity"],
  [undefined, "of type undefined"],
  [5n, "of type bigint"],
  [Promise.resolve(1), "of type object"],
] as const) {
  test(`Batcher fails only the call whose weight is ${shown}`, async () => {
    const weights = [1, weight, 1];
    const weigh = () => weights.shift() as number;
    const settings = { ...batchSettings({}), ...weighing(weigh) };
    const { batcher, workers, finish } = bench({}, 1, { settings });
    const calls = [1, 2, 3].map((value) => batcher.call(rows(value)));
    const refused = assert.rejects(calls[1] as Promise<unknown>, {
      name: "TypeError",
      message:
        'The weight of a row of "embed" of runner "texts" must be a finite number above 0, but ' +
        `that of row 0 was ${shown}: see "weight" in the options of its runnable`,
    });
    await settled();
    assert.deepEqual(
      workers.inputs.map((input) => [...(input as Tensor<"float32">).data]),
      [[1, 3]],
    );
    await finish();
    await Promise.all([calls[0], refused, calls[2]]);
    assert.equal(batcher.stats().queuedRows, 0);
  });
}

test("Batcher fails only the call that its weight function throws for", async () => {
  const tooLong = new RangeError("too long");
  const weigh = ({ data: [value] }: Tensor<"float32">): number => {
    if (value === 2) throw tooLong;
    return 1;
  };
  const settings = { ...batchSettings({}), ...weighing(weigh) };
  const { batcher, sizes, finish } = bench({}, 1, { settings });
  const calls = [1, 2, 3].map((value) => batcher.call(rows(value)));
  const refused = assert.rejects(calls[1] as Promise<unknown>, tooLong);
  await settled();
  assert.deepEqual(sizes(), [2]);
  await finish();
  await Promise.all([calls[0], refused, calls[2]]);
});

test("heaviestOf() agrees with a plain search", () => {
  seeded((random) => {
    for (let round = 0; round < 500; round++) {
      const count = 1 + random.below(20);
      const isEven = random.below(3) === 0;
      const each = Array.from({ length: count }, () => (isEven ? 5 : 1 + random.below(9)));
      const weights: Weights = isEven ? 5 : Float64Array.from(each);
      const begin = random.below(count);
      const most = random.below(count - begin + 1);
      const heaviest = Math.max(0, ...each.slice(begin, begin + most));
      assert.equal(heaviestOf(weights, begin, most), heaviest);
    }
  });
});
