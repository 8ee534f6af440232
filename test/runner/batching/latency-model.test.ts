import assert from "node:assert/strict";
import { test } from "node:test";
import { LatencyModel } from "../../../src/runner/batching/latency-model.ts";

/** A model that has seen batches of these sizes, at the cost that a function says. */
function learned(sizes: readonly number[], cost: (rows: number) => number): LatencyModel {
  const model = new LatencyModel();
  for (const rows of sizes) model.add(rows, cost(rows));
  return model;
}

const mixed = Array.from({ length: 40 }, (_, at) => 1 + (at % 8));

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);
}

test("LatencyModel predicts 0 without samples", () => {
  const model = new LatencyModel();
  assert.deepEqual([model.known, model.predict(7), model.a, model.b], [false, 0, 0, 0]);
});

test("LatencyModel leaves the first two batches out: they compile and fill caches", () => {
  const model = learned([1, 1], () => 5_000);
  assert.equal(model.known, false);
  model.add(1, 3);
  assertNear(model.predict(1), 3);
});

test("LatencyModel learns a line, a flat cost and a cost without a fixed part", () => {
  for (const [a, b] of [
    [2, 5],
    [0, 5],
    [3, 0],
  ] as const) {
    const model = learned(mixed, (rows) => a * rows + b);
    assertNear(model.a, a);
    assertNear(model.b, b);
    assertNear(model.predict(100), 100 * a + b);
  }
});

test("LatencyModel learns a flat cost from batches of one size", () => {
  const model = learned([4, 4, 4, 4, 4], () => 9);
  assert.deepEqual([model.a, model.b], [0, 9]);
});

test("LatencyModel never predicts less for more rows, nor less than 0", () => {
  const falling = learned(mixed, (rows) => 100 - rows);
  assert.equal(falling.a, 0);
  assert.ok(falling.b > 90);
  const steep = learned([10, 10, 10, 20, 10, 20], (rows) => (rows === 10 ? 1 : 100));
  assert.equal(steep.b, 0);
});

test("LatencyModel learns from the last 50 batches", () => {
  const model = learned([...mixed, ...mixed], (rows) => rows);
  for (let at = 0; at < 50; at++) model.add(1 + (at % 8), 10 * (1 + (at % 8)) + 7);
  assertNear(model.a, 10);
  assertNear(model.b, 7);
});

test("LatencyModel is between the two levels of a cost that jumps", () => {
  const model = learned(mixed, (rows) => (rows <= 4 ? 10 : 30));
  assert.ok(model.predict(1) >= 0 && model.predict(1) < 12);
  assert.ok(model.predict(8) > 28 && model.predict(8) < 40);
});
