import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allocate,
  concat,
  DTYPES,
  type DType,
  elements,
  formatShape,
  isDType,
  isTensor,
  sizeOf,
  slice,
  split,
  type Tensor,
  tensor,
} from "../src/tensor.ts";

/** Returns 0, 1, 2, … as elements of a dtype. */
function counting(dtype: DType, shape: readonly number[]): Tensor {
  const made = tensor(dtype, shape);
  const data = made.data as { [index: number]: unknown };
  for (let at = 0; at < sizeOf(shape); at++) {
    if (dtype === "string") data[at] = String(at);
    else data[at] = dtype === "int64" || dtype === "uint64" ? BigInt(at) : at;
  }
  return made;
}

test("sizeOf() returns the product of a shape, 1 for a scalar", () => {
  assert.deepEqual([[], [3], [2, 3], [2, 0]].map(sizeOf), [1, 3, 6, 0]);
});

test("formatShape() formats a shape", () => {
  assert.equal(formatShape([-1, 28, "n"]), "[-1, 28, n]");
});

test("isDType() is true for dtypes only", () => {
  assert.ok(DTYPES.every(isDType));
  assert.deepEqual([..."x", "toString", 1, undefined].filter(isDType), []);
});

for (const dtype of DTYPES) {
  test(`allocate() returns zeros of ${dtype}, which tensor() accepts`, () => {
    const data = allocate(dtype, 2);
    const zero = dtype === "string" ? "" : dtype === "int64" || dtype === "uint64" ? 0n : 0;
    assert.deepEqual([...data], [zero, zero]);
    assert.deepEqual(tensor(dtype, [2]), tensor(dtype, [2], data));
    assert.ok(isTensor(tensor(dtype, [2])));
  });

  test(`concat() joins and split() divides ${dtype} along every axis`, () => {
    const whole = counting(dtype, [2, 4, 3]);
    const cuts = [
      [1, 1],
      [1, 0, 3],
      [2, 1],
    ];
    for (const [axis, lengths] of cuts.entries()) {
      const parts = split(whole, lengths, axis);
      assert.deepEqual(
        parts.map(({ shape }) => shape[axis]),
        lengths,
      );
      assert.deepEqual(concat(parts, axis), whole);
    }
  });
}

test("elements() returns a view", () => {
  const data = Float32Array.of(1, 2, 3);
  const view = elements<"float32">(data, 1, 3);
  assert.deepEqual([...view], [2, 3]);
  assert.equal(view.buffer, data.buffer);
});

test("tensor() copies the shape and keeps the data", () => {
  const shape = [2];
  const data = Int32Array.of(1, 2);
  const made = tensor("int32", shape, data);
  assert.notEqual(made.shape, shape);
  assert.equal(made.data, data);
});

for (const length of [-1, 1.5, Number.NaN, Infinity]) {
  test(`tensor() refuses an axis of ${length}`, () => {
    assert.throws(() => tensor("int8", [1, length]), {
      name: "RangeError",
      message: /whole number/,
    });
  });
}

test("tensor() refuses data of another length or type", () => {
  assert.throws(() => tensor("int8", [2, 2], new Int8Array(3)), {
    name: "RangeError",
    message: /shape \[2, 2\]: it needs 4 elements, but was given 3/,
  });
  assert.throws(() => tensor("int8", [3], new Uint8Array(3) as never), {
    name: "TypeError",
    message: /must be a Int8Array, but was Uint8Array/,
  });
});

const NO_TENSORS = [
  undefined,
  null,
  5,
  {},
  { dtype: "int8", shape: [1], data: [1] },
  { dtype: "int8", shape: 1, data: new Int8Array(1) },
  { dtype: "toString", shape: [1], data: new Int8Array(1) },
];

for (const value of NO_TENSORS) {
  test(`isTensor() is false for ${JSON.stringify(value)}`, () => {
    assert.equal(isTensor(value), false);
  });
}

test("isTensor() is true for a tensor that was posted to a worker", () => {
  assert.ok(isTensor(structuredClone(tensor("float32", [1, 2]))));
});

test("concat() joins rows in order", () => {
  const joined = concat([
    tensor("uint8", [1, 2], Uint8Array.of(1, 2)),
    tensor("uint8", [2, 2], Uint8Array.of(3, 4, 5, 6)),
  ]);
  assert.deepEqual(joined, tensor("uint8", [3, 2], Uint8Array.of(1, 2, 3, 4, 5, 6)));
});

const UNJOINABLE: readonly [string, readonly Tensor[], number, RegExp][] = [
  ["nothing", [], 0, /none was given/],
  ["dtypes", [tensor("int8", [1]), tensor("uint8", [1])], 0, /int8 \[1\] and uint8 \[1\]/],
  ["axes", [tensor("int8", [1, 2]), tensor("int8", [1, 3])], 0, /same dtype and other axes/],
  ["ranks", [tensor("int8", [1]), tensor("int8", [1, 1])], 0, /same dtype and other axes/],
  ["scalars", [tensor("int8", [])], 0, /shape \[\] has no axis 0/],
  ["an axis too far", [tensor("int8", [1])], 1, /shape \[1\] has no axis 1/],
];

for (const [what, tensors, axis, message] of UNJOINABLE) {
  test(`concat() refuses ${what}`, () => {
    assert.throws(() => concat(tensors, axis), { name: "RangeError", message });
  });
}

test("split() returns copies, which may be transferred", () => {
  const whole = counting("float32", [2]) as Tensor<"float32">;
  const [first] = split(whole, [1, 1]);
  if (first === undefined) throw new Error("split() gave no parts");
  structuredClone(first.data, { transfer: [first.data.buffer] });
  assert.deepEqual([...whole.data], [0, 1]);
});

test("split() refuses lengths that do not add up", () => {
  assert.throws(() => split(tensor("int8", [3]), [1, 1]), {
    name: "RangeError",
    message: /axis 0 of \[3\] into \[1, 1\]: the parts must add up to 3, but make 2/,
  });
});

test("slice() copies positions of an axis, and leaves the whole as it is", () => {
  const whole = tensor("int32", [2, 3], Int32Array.of(1, 2, 3, 4, 5, 6));
  for (const [begin, count, axis, shape, data] of [
    [1, 1, 0, [1, 3], [4, 5, 6]],
    [1, 2, 1, [2, 2], [2, 3, 5, 6]],
    [0, 0, 1, [2, 0], []],
  ] as const) {
    const part = slice(whole, begin, count, axis);
    assert.deepEqual(part, tensor("int32", shape, Int32Array.from(data)));
    part.data.fill(0);
  }
  assert.deepEqual([...whole.data], [1, 2, 3, 4, 5, 6]);
});
