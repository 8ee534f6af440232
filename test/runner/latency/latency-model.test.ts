import assert from "node:assert/strict";
import { test } from "node:test";
import { LatencyModel } from "../../../src/runner/latency/latency-model.ts";

type Cost = (units: number) => number;

/** A model that has seen batches of these sizes, at the cost that a function says. */
function learned(sizes: readonly number[], cost: Cost): LatencyModel {
  const model = new LatencyModel();
  for (const units of sizes) model.add(units, cost(units));
  return model;
}

const mixed = Array.from({ length: 80 }, (_, at) => 1 + (at % 8));

function assertNear(actual: number, expected: number, share = 1e-6): void {
  const difference = Math.abs(actual - expected);
  assert.ok(difference <= Math.max(1e-9, share * expected), `${actual} is not ${expected}`);
}

test("LatencyModel expects 0 ms before the first batch, and any size may be tried", () => {
  const model = new LatencyModel();
  assert.deepEqual([model.known, model.mean(7), model.deviation(7)], [false, 0, 0]);
  assert.deepEqual([model.a, model.b, model.best(64)], [0, 0, 64]);
});

test("LatencyModel leaves the first two batches out: they compile and fill caches", () => {
  const model = learned([1, 1], () => 5_000);
  assert.equal(model.known, false);
  model.add(1, 3);
  assertNear(model.mean(1), 3);
  const warm = new LatencyModel();
  warm.seed(1, 4);
  assertNear(warm.mean(1), 4);
});

test("LatencyModel ignores durations and sizes that are not numbers", () => {
  const model = learned(mixed, (units) => units);
  for (const ms of [Number.NaN, -1, Number.POSITIVE_INFINITY]) model.add(1, ms);
  for (const units of [Number.NaN, -1, 0]) model.add(units, 100);
  assertNear(model.mean(5), 5);
});

for (const [name, cost] of [
  ["a line", (units) => 2 * units + 5],
  ["a flat cost", () => 5],
  ["a cost without a fixed part", (units) => 3 * units],
  ["a convex cost", (units) => 2 + units ** 2],
  ["a cost that jumps", (units) => (units <= 4 ? 10 : 30)],
  ["a cost of padding", (units) => 4 * Math.ceil(units / 4)],
] as readonly [string, Cost][]) {
  test(`LatencyModel learns ${name}`, () => {
    const model = learned(mixed, cost);
    for (let units = 1; units <= 8; units++) assertNear(model.mean(units), cost(units));
    assert.equal(model.deviation(8), 0);
  });
}

for (const [a, b] of [
  [2, 5],
  [0, 5],
  [3, 0],
] as const) {
  test(`LatencyModel extends the line ${a} n + ${b} beyond the sizes that it has seen`, () => {
    const cost: Cost = (units) => a * units + b;
    const model = learned(
      [...mixed, ...mixed].filter((units) => units > 2),
      cost,
    );
    assertNear(model.a, a);
    assertNear(model.b, b);
    for (const units of [0.5, 1, 8, 9, 30, 100, 5_000]) assertNear(model.mean(units), cost(units));
  });
}

test("LatencyModel interpolates between the sizes that it has seen", () => {
  const model = learned([1, 1, 1, 100, 1, 100], (units) => (units === 1 ? 10 : 208));
  assertNear(model.mean(50), 108);
});

test("LatencyModel expects of sizes it has not seen that they are worth a try", () => {
  const model = learned([4, 4, 4, 4, 4], () => 9);
  assert.deepEqual([model.a, model.b], [0, 9]);
  assert.deepEqual([model.mean(4), model.mean(64)], [9, 9]);
  assert.ok(model.mean(1) < 9 && model.mean(1) >= 9 / 4);
});

test("LatencyModel never expects less for more rows", () => {
  const falling = learned(mixed, (units) => 100 - units);
  assert.equal(falling.a, 0);
  for (const units of [1, 3, 8, 100]) assertNear(falling.mean(units), 95.5, 0.02);
  const steep = learned([10, 10, 10, 20, 10, 20], (units) => (units === 10 ? 1 : 100));
  assert.equal(steep.b, 0);
  for (const units of [0, 1, 5]) assert.ok(steep.mean(units) >= 0);
});

test("LatencyModel learns a cost of another shape within 50 batches", () => {
  const model = learned([...mixed, ...mixed], (units) => units);
  for (let at = 0; at < 50; at++) model.add(1 + (at % 8), 10 * (1 + (at % 8)) + 7);
  assertNear(model.a, 10);
  assertNear(model.b, 7);
});

test("LatencyModel corrects its view of large batches at once", () => {
  const cost: Cost = (units) => 5 + units;
  const model = learned(
    Array.from({ length: 200 }, (_, at) => 1 + (at % 50 === 0 ? 1 : 0)),
    cost,
  );
  assertNear(model.mean(30), 35, 0.5);
  model.add(30, cost(30));
  assertNear(model.mean(30), 35);
  assertNear(model.mean(1), 6);
});

for (const [name, lates] of [
  ["one batch of 5 s", [[5_000, 10_000]]],
  ["batches of 8 workers that a pause of 26 s makes late", new Array(8).fill([26_000, 30_000])],
] as readonly [string, readonly [number, number][]][]) {
  test(`LatencyModel is not changed by ${name}`, () => {
    const model = learned(mixed, (units) => 2 + units);
    for (const [ms, endedAt] of lates) model.add(8, ms, endedAt);
    assertNear(model.mean(8), 10, 0.02);
    assertNear(model.mean(1), 3);
    for (let at = 0; at < 5; at++) model.add(8, 10, 30_010 + 10 * at);
    assertNear(model.mean(8), 10);
    assertNear(model.mean(1), 3);
  });
}

for (const factor of [0.01, 0.5, 2, 100]) {
  test(`LatencyModel follows within 5 batches if all take ${factor} x as long`, () => {
    const cost: Cost = (units) => 20 + 10 * units;
    const model = learned(mixed, cost);
    let now = 1_000;
    for (let at = 0; at < 5; at++) {
      now += factor * cost(8);
      model.add(8, factor * cost(8), now);
    }
    for (const units of [1, 4, 8, 30]) assertNear(model.mean(units), factor * cost(units), 0.03);
  });
}

for (const [name, cost, [least, most]] of [
  ["a flat", () => 10, [64, 64]],
  ["a linear", (units) => 5 + units, [64, 64]],
  ["a convex", (units) => 2 + units * (0.8 + 0.019 * units), [8, 14]],
  ["a steeply convex", (units) => 3 + 0.05 * units ** 2, [7, 9]],
  ["a jumping", (units) => 5 + 0.5 * units + (units > 32 ? 60 : 0), [32, 32]],
] as readonly [string, Cost, [number, number]][]) {
  test(`LatencyModel finds the best size of ${name} cost, and keeps to it`, () => {
    const model = new LatencyModel();
    let outside = 0;
    for (let at = 0; at < 1_000; at++) {
      const size = model.best(64);
      assert.ok(size >= 1 && size <= 64 && Number.isInteger(size));
      if (at > 50 && (size < least || size > most)) outside += 1;
      model.add(size, cost(size));
    }
    assert.ok(outside < 50, `${outside} batches were of other sizes`);
  });
}

test("LatencyModel finds the best size of callers who never fill a batch", () => {
  const model = new LatencyModel();
  const cost: Cost = (units) => 2 + units * (0.8 + 0.019 * units);
  const sizes: number[] = [];
  for (let at = 0; at < 300; at++) {
    const size = Math.min(40, model.best(100));
    sizes.push(size);
    model.add(size, cost(size));
  }
  const best = sizes.slice(100).filter((size) => size >= 8 && size <= 14);
  assert.ok(best.length > 180, `sizes: ${sizes.join(" ")}`);
});

test("LatencyModel finds the best size by what workers measure, whatever answers wait", () => {
  const model = new LatencyModel();
  const cost: Cost = (units) => 2 + units * (0.8 + 0.019 * units);
  const sizes: number[] = [];
  for (let at = 0; at < 300; at++) {
    const size = model.best(64);
    sizes.push(size);
    model.add(size, cost(size) + 20, undefined, cost(size));
  }
  const best = sizes.slice(100).filter((size) => size >= 8 && size <= 14);
  assert.ok(best.length > 180, `sizes: ${sizes.join(" ")}`);
  assertNear(model.mean(8), cost(8) + 20);
  assertNear(model.lagMs(8), 20, 0.02);
});

test("LatencyModel knows the sizes of the warm-up by what workers measured, too", () => {
  const model = new LatencyModel();
  const cost: Cost = (units) => 5 + units;
  for (let at = 0; at < 4; at++) {
    for (const size of [1, 32]) model.seed(size, cost(size) + 3, cost(size));
  }
  // Few calls come at first, and then many.
  for (let at = 0; at < 10; at++) model.add(1, cost(1) + 3, undefined, cost(1));
  assert.equal(model.usual(32), 32);
});

for (const [what, ranMs, lagMs] of [
  ["its worker does not measure", undefined, 0],
  ["the clock of its worker stands still", 0, 0],
  ["its worker measures no number", Number.NaN, 0],
  ["its worker measures more than it took", 25, 0],
  ["it was on its way for the rest", 12, 7.8],
] as const) {
  test(`LatencyModel.lagMs() of a batch of 20 ms is ${lagMs} if ${what}`, () => {
    const model = new LatencyModel();
    for (let at = 0; at < 5; at++) model.add(4, 20, undefined, ranMs);
    assertNear(model.lagMs(4), lagMs);
    assertNear(model.mean(4), 20);
  });
}

test("LatencyModel finds the best size again after the cost has changed its shape", () => {
  const model = new LatencyModel();
  for (let at = 0; at < 500; at++) {
    const size = model.best(64);
    model.add(size, 2 + 0.1 * size ** 2);
  }
  assert.ok(model.best(64) < 16);
  let large = 0;
  for (let at = 0; at < 4_000; at++) {
    const size = model.best(64);
    if (at > 3_000 && size === 64) large += 1;
    model.add(size, 20 + 0.1 * size);
  }
  assert.ok(large > 900, `${large} batches were large`);
});
