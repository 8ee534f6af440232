import assert from "node:assert/strict";
import { test } from "node:test";
import { cutRows, joinPayload, joinRows } from "../../../src/runner/rows/join.ts";
import { type Tensor, tensor } from "../../../src/tensor.ts";
import { numbers, rows } from "../fake-workers.ts";
import { axes, call } from "../queue/scalar-call.ts";

/** Whole calls of so many rows. */
const parts = (...counts: number[]) => counts.map((each) => ({ rows: each, isWhole: true }));

test("joinRows() and cutRows() leave tensors without rows as they are", () => {
  const calls = [call(1, 5), call(3, 5)];
  const joined = joinRows(calls, axes) as Record<string, Tensor>;
  assert.deepEqual(joined["x"]?.shape, [2, 4]);
  assert.deepEqual(joined["s"], calls[0]?.["s"]);
  const cut = cutRows(joined, parts(1, 3), axes) as Record<string, Tensor>[];
  assert.deepEqual(cut, calls);
  assert.notEqual(cut[0]?.["s"]?.data, cut[1]?.["s"]?.data, "each its own copy");
});

test("cutRows() refuses other rows of joined calls, and takes any of a call alone", () => {
  const answer = call(2, 1);
  assert.throws(() => cutRows(answer, parts(1, 3), axes), /was given 4, but answered 2/);
  assert.deepEqual(cutRows(answer, parts(3), axes), [answer]);
  assert.throws(() => cutRows({ x: answer["x"] }, parts(3), 0), /was given 3, but answered 2/);
});

const bufferOf = (value: unknown): ArrayBufferLike => (value as Tensor<"float32">).data.buffer;
const whole = (input: Tensor) => ({ input, begin: 0, rows: input.shape[0] ?? 0, isWhole: true });

test("joinPayload() moves what it joins, and copies nothing twice", () => {
  const calls = [rows(1, 2), rows(3)];
  const { value, transfer } = joinPayload(calls.map(whole), 0);
  assert.deepEqual(numbers(value), [1, 2, 3]);
  assert.deepEqual(transfer, [bufferOf(value)]);
  structuredClone(value, { transfer: [...transfer] });
  assert.deepEqual(calls.map(numbers), [[1, 2], [3]], "the callers keep theirs");
});

const single: [string, Tensor, number, Omit<Parameters<typeof joinPayload>[0][number], "input">][] =
  [
    ["a call alone", rows(1, 2), 0, { begin: 0, rows: 2, isWhole: true }],
    ["some rows of a call", rows(0, 1, 2, 3), 0, { begin: 1, rows: 2, isWhole: false }],
    [
      "some columns of a call",
      tensor("float32", [1, 4], Float32Array.of(0, 1, 2, 3)),
      1,
      { begin: 1, rows: 2, isWhole: false },
    ],
    [
      "rows that are not consecutive in memory",
      tensor("float32", [2, 2], Float32Array.of(0, 1, 0, 2)),
      1,
      { begin: 1, rows: 1, isWhole: false },
    ],
    [
      "a view of a larger buffer",
      tensor("float32", [2, 1], Float32Array.of(0, 1, 2, 3).subarray(1, 3)),
      0,
      { begin: 0, rows: 2, isWhole: true },
    ],
  ];
for (const [what, input, axis, part] of single) {
  test(`joinPayload() leaves the memory of ${what} with its caller`, () => {
    const before = [...input.data];
    const { value, transfer } = joinPayload([{ input, ...part }], axis);
    assert.deepEqual(numbers(value), [1, 2]);
    assert.deepEqual(transfer, [bufferOf(value)]);
    assert.equal(transfer[0]?.byteLength, 8, "no more is moved than is sent");
    assert.notEqual(transfer[0], bufferOf(input));
    structuredClone(value, { transfer: [...transfer] });
    assert.deepEqual([...input.data], before);
  });
}

test("joinPayload() copies the tensors of a record that carry no rows", () => {
  const calls = [call(1, 5), call(3, 5)];
  const inputs = calls.map((input, at) => ({ input, begin: 0, rows: 1 + 2 * at, isWhole: true }));
  const { value, transfer } = joinPayload(inputs, axes);
  assert.equal(transfer.length, 2);
  structuredClone(value, { transfer: [...transfer] });
  assert.deepEqual(calls, [call(1, 5), call(3, 5)]);
});

test("cutRows() copies the answers of whole calls, and views those that are joined again", () => {
  const answer = rows(1, 2, 3, 4);
  const some = [
    { rows: 1, isWhole: true },
    { rows: 3, isWhole: false },
  ];
  const [own, view] = cutRows(answer, some, 0);
  assert.deepEqual([numbers(own), numbers(view)], [[1], [2, 3, 4]]);
  assert.notEqual(bufferOf(own), bufferOf(answer));
  assert.equal(bufferOf(view), bufferOf(answer));
});
