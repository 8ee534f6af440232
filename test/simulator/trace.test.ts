import assert from "node:assert/strict";
import { test } from "node:test";
import { readTrace, tracedCost } from "../../src/simulator/trace.ts";

const HEAD = { ekiben: "trace", version: 1, at: "2026-01-01T00:00:00Z" };
const base = { runner: "r", method: "m" };
const call = (t: number, ms: number, more: object = {}) => ({
  ...{ t, ...base, rows: 1, outcome: "answered", ms },
  ...more,
});
const batch = (units: number, ms: number) => ({
  ...{ t: 99, ...base, batch: units, units, calls: 1, ms, reason: "idle" },
});
const linesOf = (...lines: readonly object[]): string[] =>
  [HEAD, ...lines].map((line) => JSON.stringify(line));

test("readTrace() sorts calls by arrival, the first one at 0", () => {
  const [method, ...others] = readTrace(
    linesOf(
      call(130, 5, { rows: 2, weight: 7, lane: "bulk" }),
      call(110, 40, { outcome: "left", deadlineMs: -0.5 }),
      batch(2, 3),
      { end: "the disk is full" },
    ),
  );
  assert.equal(others.length, 0);
  assert.deepEqual([method?.runner, method?.method, method?.kind], ["r", "m", "batched"]);
  assert.equal(method?.isWeighted, true);
  assert.deepEqual(method?.batches, [[2, 3]]);
  const [first, second] = method?.calls ?? [];
  assert.deepEqual(
    [first?.at, first?.patienceMs, first?.deadlineMs, first?.isAnswered],
    [0, 40, 0, false],
  );
  assert.deepEqual([second?.at, second?.rows, second?.weight, second?.lane], [20, 2, 7, "bulk"]);
});

test("readTrace() tells methods apart, the busiest first", () => {
  const found = readTrace(
    linesOf(call(1, 1), call(2, 1, { method: "n" }), call(3, 1, { method: "n", plain: true })),
  );
  assert.deepEqual(
    found.map(({ method, kind, calls }) => [method, kind, calls.length]),
    [
      ["n", "plain", 2],
      ["m", "batched", 1],
    ],
  );
});

test("tracedCost() takes the median of each size, and the spread around it", () => {
  const [method] = readTrace(
    linesOf(call(0, 1), batch(1, 6), batch(1, 5), batch(1, 900), batch(8, 13), batch(100, 105)),
  );
  assert.ok(method !== undefined);
  const { cost, factors } = tracedCost(method);
  assert.deepEqual([cost(1, 1), cost(8, 1), cost(4, 2), cost(100, 1)], [6, 13, 13, 105]);
  assert.deepEqual([...factors].sort((one, other) => one - other).at(-1), 150);
});

test("tracedCost() of a plain method is that of calls that met no other", () => {
  const plain = { plain: true };
  const [method] = readTrace(
    linesOf(call(0, 4, plain), call(10, 5, plain), call(12, 9, plain), call(50, 4, plain)),
  );
  assert.ok(method !== undefined);
  const { cost, factors } = tracedCost(method);
  assert.deepEqual([cost(1, 1), factors.length], [4, 2]);
});

test("tracedCost() refuses a method whose cost is unknown", () => {
  const [method] = readTrace(linesOf(call(0, 1)));
  assert.ok(method !== undefined);
  assert.throws(() => tracedCost(method), /does not say what method "m" costs: it has no batch/);
});
