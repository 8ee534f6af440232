/** Calls of unlike length that are padded, joined and cut apart again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cutRows, joinPayload, type Part } from "../../../src/runner/rows/join.ts";
import { Padding, type PaddingOptions } from "../../../src/runner/rows/padding.ts";
import { allocate, DTYPES, type DType, sizeOf, type Tensor, tensor } from "../../../src/tensor.ts";
import type { Pad, Unpad } from "../../../src/worker/row-options.ts";
import { type Random, seeded } from "../../support/random.ts";

const made = (pad: PaddingOptions["pad"], unpad?: PaddingOptions["unpad"]): Padding =>
  new Padding('"embed" of runner "texts"', { pad, unpad });
const whole = (input: unknown, rows: number): Part => ({ input, begin: 0, rows, isWhole: true });
const ints = (shape: readonly number[], ...data: number[]): Tensor<"int32"> =>
  tensor("int32", shape, Int32Array.from(data));

test("joinPayload() pads calls to the longest of the batch, and moves what it made", () => {
  const padding = made({ axis: 1, value: 9 });
  const calls = [ints([2, 1], 1, 2), ints([1, 3], 3, 4, 5), ints([1, 0])];
  const parts = calls.map((call) => whole(call, call.shape[0] ?? 0));
  const { value, transfer } = joinPayload(parts, 0, padding);
  assert.deepEqual(value, ints([4, 3], 1, 9, 9, 2, 9, 9, 3, 4, 5, 9, 9, 9));
  assert.deepEqual(transfer, [(value as Tensor<"int32">).data.buffer]);
  structuredClone(value, { transfer: [...transfer] });
  assert.deepEqual(calls, [ints([2, 1], 1, 2), ints([1, 3], 3, 4, 5), ints([1, 0])]);
});

test("joinPayload() pads a call alone only where its length is rounded up", () => {
  const call = ints([1, 3], 1, 2, 3);
  const alone = (roundUp?: Pad["roundUp"]): unknown =>
    joinPayload([whole(call, 1)], 0, made({ axis: 1, value: 7, ...(roundUp && { roundUp }) }))
      .value;
  assert.deepEqual(alone(), call);
  assert.deepEqual(alone("power of two"), ints([1, 4], 1, 2, 3, 7));
  assert.deepEqual(alone(5), ints([1, 5], 1, 2, 3, 7, 7));
});

test("joinPayload() pads each tensor of a record with its own value", () => {
  const padding = made({ ids: { axis: 1, value: 5 }, mask: { axis: 1, value: false } });
  const call = (...ids: number[]) => ({
    ids: ints([1, ids.length], ...ids),
    mask: tensor("bool", [1, ids.length], new Uint8Array(ids.length).fill(1)),
    kind: ints([1], ids[0] ?? 0),
    scale: ints([], 3),
  });
  const parts = [whole(call(1, 2), 1), whole(call(3), 1)];
  const { value } = joinPayload(parts, { ids: 0, mask: 0, kind: 0 }, padding);
  assert.deepEqual(value, {
    ids: ints([2, 2], 1, 2, 3, 5),
    mask: tensor("bool", [2, 2], Uint8Array.of(1, 1, 1, 0)),
    kind: ints([2], 1, 3),
    scale: ints([], 3),
  });
});

test("cutRows() returns padded results as they are, but for those that unpad names", () => {
  const pad = { ids: { axis: 1, value: 0 } };
  const parts = [whole({ ids: ints([1, 1], 1) }, 1), whole({ ids: ints([1, 2], 1, 2) }, 1)];
  const answer = { each: ints([2, 2], 1, 2, 3, 4), sum: ints([2], 5, 6) };
  assert.deepEqual(cutRows(answer, parts, 0, made(pad)), [
    { each: ints([1, 2], 1, 2), sum: ints([1], 5) },
    { each: ints([1, 2], 3, 4), sum: ints([1], 6) },
  ]);
  const cut = cutRows(answer, parts, 0, made(pad, { each: { axis: 1 } })) as Record<
    string,
    Tensor
  >[];
  assert.deepEqual(cut, [
    { each: ints([1, 1], 1), sum: ints([1], 5) },
    { each: ints([1, 2], 3, 4), sum: ints([1], 6) },
  ]);
  for (const { each, sum } of cut) {
    for (const { data } of [each, sum] as Tensor<"int32">[]) {
      assert.equal(data.buffer.byteLength, data.byteLength, "no caller holds another's memory");
    }
  }
});

test("cutRows() cuts the result of a call alone back, whatever rows it has", () => {
  const padding = made({ axis: 1, value: 0, roundUp: 4 }, { y: { axis: 1 } });
  const parts = [whole(ints([1, 2], 1, 2), 1)];
  const answer = { y: ints([2, 4], 1, 2, 3, 4, 5, 6, 7, 8), z: ints([3], 1, 2, 3) };
  assert.deepEqual(cutRows(answer, parts, { y: 0 }, padding), [
    { y: ints([2, 2], 1, 2, 5, 6), z: ints([3], 1, 2, 3) },
  ]);
});

test("cutRows() copies a tensor without rows for each padded call", () => {
  const padding = made({ axis: 1, value: 0 }, { y: { axis: 1 } });
  const parts = [whole(ints([1, 1], 1), 1), whole(ints([1, 2], 1, 2), 1)];
  const answer = { y: ints([2, 2], 1, 2, 3, 4), z: ints([3], 1, 2, 3) };
  const cut = cutRows(answer, parts, { y: 0 }, padding) as Record<string, Tensor>[];
  assert.deepEqual(
    cut.map(({ z }) => z),
    [answer.z, answer.z],
  );
  assert.equal(new Set([answer.z, ...cut.map(({ z }) => z)].map((z) => z?.data)).size, 3);
});

const wrong: readonly [string, unknown, RegExp][] = [
  [
    "of another length",
    ints([2, 1], 1, 2),
    /^The result is cut back along axis 1 by "unpad", .* padded argument there, 2, .* is \[2, 1\]$/,
  ],
  ["without the axis", ints([2], 1, 2), /the padded argument there, 2, but its shape is \[2\]$/],
  ["that is no tensor", [1, 2], /^The result is to be cut back by "unpad", but is no tensor$/],
];
for (const [what, answer, message] of wrong) {
  test(`cutRows() refuses to cut back a result ${what}`, () => {
    const padding = made({ axis: 1, value: 0 }, { axis: 1 });
    const parts = [whole(ints([1, 1], 1), 1), whole(ints([1, 2], 1, 2), 1)];
    assert.throws(() => cutRows(answer, parts, 0, padding), { name: "TypeError", message });
  });
}

test("cutRows() refuses a result without a tensor that unpad names", () => {
  const padding = made({ axis: 1, value: 0 }, { y: { axis: 1 } });
  const parts = [whole(ints([1, 1], 1), 1)];
  const message = /^"y" of the result is to be cut back by "unpad", but is no tensor$/;
  assert.throws(() => cutRows({ x: ints([1, 1], 1) }, parts, 0, padding), { message });
});

/** The elements of each dtype by their number; number 0 is none of the others. */
function elementOf(dtype: DType, number: number): number | bigint | string {
  if (dtype === "string") return `e${number}`;
  if (dtype.endsWith("int64")) return BigInt(number);
  return dtype === "bool" ? Math.min(1, number) : number % 100;
}

/** Every index of a shape. */
function* indices(shape: readonly number[]): Generator<number[]> {
  for (let at = 0; at < sizeOf(shape); at++) {
    let rest = at;
    yield shape
      .map((length) => length)
      .reverse()
      .map((length) => {
        const index = rest % length;
        rest = (rest - index) / length;
        return index;
      })
      .reverse();
  }
}

function elementAt({ shape, data }: Tensor, index: readonly number[]): unknown {
  return data[index.reduce((offset, each, axis) => offset * (shape[axis] ?? 1) + each, 0)];
}

/** A tensor whose elements are numbered from 1. */
function numbered(dtype: DType, shape: readonly number[], random: Random): Tensor {
  const data = allocate(dtype, sizeOf(shape));
  const from = 1 + random.below(50);
  for (let at = 0; at < data.length; at++) (data as unknown[])[at] = elementOf(dtype, from + at);
  return { dtype, shape, data };
}

const VALUES: Readonly<Record<DType, Pad["value"]>> = {
  ...(Object.fromEntries(DTYPES.map((dtype) => [dtype, 77])) as Record<DType, number>),
  bool: true,
  string: "[PAD]",
  uint64: 2n ** 63n,
};

/** Returns parts of calls of one padded tensor, and the padding. */
function randomBatch(random: Random) {
  const dtype = random.of(DTYPES);
  const rank = 2 + random.below(3);
  const rowAxis = random.below(rank);
  const others = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== rowAxis);
  const axes = others.filter((_, at) => at === 0 || random.below(2) === 0);
  const fixed = Array.from({ length: rank }, () => 1 + random.below(3));
  const roundUp = random.of([undefined, 3, "power of two"] as const);
  const parts = Array.from({ length: 1 + random.below(5) }, (): Part => {
    const shape = fixed.map((length, axis) => (axes.includes(axis) ? random.below(5) : length));
    const total = 1 + random.below(4);
    const begin = random.below(total);
    const rows = 1 + random.below(total - begin);
    const input = numbered(dtype, shape.with(rowAxis, total), random);
    return { input, begin, rows, isWhole: rows === total };
  });
  const axis = axes.length === 1 ? (axes[0] ?? 0) : axes;
  const pad: Pad = { axis, value: VALUES[dtype], ...(roundUp && { roundUp }) };
  return { dtype, rowAxis, axes, parts, pad, unpad: { axis } satisfies Unpad };
}

test("joinPayload() and cutRows() agree with an element-wise reference", () => {
  seeded((random) => {
    for (let round = 0; round < 400; round++) {
      const { dtype, rowAxis, axes, parts, pad, unpad } = randomBatch(random);
      const isRecord = random.below(2) === 0;
      const inRecord = <T>(value: T): T => (isRecord ? ({ x: value } as T) : value);
      const padding = made(inRecord(pad), inRecord(unpad));
      const before = structuredClone(parts);
      const given = parts.map((part) => ({ ...part, input: inRecord(part.input) }));
      const axis = isRecord ? random.of([rowAxis, { x: rowAxis }]) : rowAxis;
      const { value, transfer } = joinPayload(given, axis, padding);
      const joined = (isRecord ? (value as { x: Tensor }).x : value) as Tensor;
      const element = padding.elementFor(isRecord ? "x" : "", dtype);
      const filler = Object.assign(allocate(dtype, 1) as unknown[], [element])[0];
      let row = 0;
      for (const { input, begin, rows } of parts) {
        const tensor = input as Tensor;
        const block = joined.shape.with(rowAxis, rows);
        for (const index of indices(block)) {
          const isOwn = axes.every((each) => (index[each] ?? 0) < (tensor.shape[each] ?? 0));
          const at = index[rowAxis] ?? 0;
          const wanted = isOwn ? elementAt(tensor, index.with(rowAxis, begin + at)) : filler;
          assert.equal(elementAt(joined, index.with(rowAxis, row + at)), wanted);
        }
        row += rows;
      }
      assert.equal(joined.shape[rowAxis], row);
      assert.equal(transfer.length, dtype === "string" ? 0 : 1);
      const cut = cutRows(value, given, axis, padding);
      for (const [at, answer] of cut.entries()) {
        const { input, begin, rows } = parts[at] as Part;
        const tensor = input as Tensor;
        const own = (isRecord ? (answer as { x: Tensor }).x : answer) as Tensor;
        assert.deepEqual(own.shape, tensor.shape.with(rowAxis, rows));
        for (const index of indices(own.shape)) {
          const wanted = elementAt(tensor, index.with(rowAxis, begin + (index[rowAxis] ?? 0)));
          assert.equal(elementAt(own, index), wanted);
        }
      }
      structuredClone(value, { transfer: [...transfer] });
      assert.deepEqual(parts, before, "the callers keep theirs");
    }
  });
});
