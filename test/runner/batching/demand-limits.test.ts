import assert from "node:assert/strict";
import { test } from "node:test";
import { Demand } from "../../../src/runner/batching/demand.ts";
import type { Latency } from "../../../src/runner/latency/latency.ts";

/** 5 ms a batch and 1 ms a unit. */
const latency: Latency = {
  known: true,
  b: 5,
  mean: (units) => 5 + units,
  deviation: () => 0,
  usual: (most) => most,
  best: (most) => most,
};

/** Returns the price of time after calls of 50 ms, one of which had another time left. */
function priceAfter(leftMs: number) {
  const demand = new Demand();
  for (let at = 0; at < 500; at++) demand.add(1, 1, at === 250 ? leftMs : 50, at);
  return demand.price(500, { latency, workers: 1, maxUnits: 32 });
}

for (const leftMs of [-1, -1e12, Number.NEGATIVE_INFINITY]) {
  test(`Demand takes a call that is late by ${-leftMs} ms for one without any time left`, () => {
    assert.equal(priceAfter(leftMs), priceAfter(0));
    assert.ok(Math.abs(priceAfter(leftMs) - priceAfter(50)) < 0.1);
  });
}
