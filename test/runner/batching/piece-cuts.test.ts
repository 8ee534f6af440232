import assert from "node:assert/strict";
import { test } from "node:test";
import { piecesOf, unitsOf } from "../../../src/runner/batching/pieces.ts";
import { seeded } from "../../support/random.ts";
import { range } from "../queue/queued-calls.ts";

const NEVER = Number.POSITIVE_INFINITY;

for (const [what, weights, maxBatchSize, maxBatchWeight, wanted] of [
  ["of like weight", [48, 50, 49], 100, NEVER, [[50, 49, 48]]],
  [
    ...(["of two weights", [1, 9, 1, 9], 100, NEVER] as const),
    [
      [9, 9],
      [1, 1],
    ],
  ],
  ["whose padding would pass 8 %", [10, 9, 8], 100, NEVER, [[10, 9], [8]]],
  ["of more rows than a batch", [2, 2, 1, 2], 2, NEVER, [[2, 2], [2], [1]]],
  ["of more weight than a batch", [5, 5, 4, 1, 1, 1], 100, 10, [[5, 5], [4], [1, 1, 1]]],
  ["with rows that are too heavy for any batch", [20, 20, 1], 100, 10, [[20], [20], [1]]],
] as const) {
  test(`piecesOf() cuts a call ${what}`, () => {
    const pieces = piecesOf(Float64Array.from(weights), { maxBatchSize, maxBatchWeight });
    const seen = pieces.map(({ places }) => Array.from(places, (place) => weights[place]));
    assert.deepEqual(seen, wanted);
  });
}

test("piecesOf() cuts any call into pieces of like weight that fit a batch", () => {
  seeded((random) => {
    for (let round = 0; round < 300; round++) {
      const spread = random.of([1, 1.2, 4, 100]);
      const count = 1 + random.below(300);
      const weights = Float64Array.from({ length: count }, () => 1 + random.next() * spread);
      const limits = {
        maxBatchSize: 1 + random.below(40),
        maxBatchWeight: random.of([NEVER, 3, 50, 500]),
      };
      const pieces = piecesOf(weights, limits);
      const places = pieces.flatMap((piece) => [...piece.places]);
      assert.deepEqual(
        places.toSorted((one, other) => one - other),
        range(count),
      );
      for (const { places: own, weight, netUnits } of pieces) {
        const each = Array.from(own, (place) => weights[place] as number);
        assert.equal(weight, Math.max(...each));
        assert.ok(Math.abs(netUnits - each.reduce((sum, one) => sum + one, 0)) < 1e-6);
        assert.ok(own.length * weight <= 1.08 * netUnits + 1e-6);
        assert.ok(own.length <= limits.maxBatchSize);
        assert.ok(own.length === 1 || own.length * weight <= limits.maxBatchWeight);
      }
      const units = pieces.reduce((sum, { places: own, weight }) => sum + own.length * weight, 0);
      assert.ok(Math.abs(unitsOf(pieces) - units) < 1e-6);
    }
  });
});
