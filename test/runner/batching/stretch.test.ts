import assert from "node:assert/strict";
import { test } from "node:test";
import { Stretch } from "../../../src/runner/batching/stretch.ts";

/** Returns the stretch after calls of which one in `of` was refused, if any. */
function after(calls: number, of: number, waiting = 0): number {
  const stretch = new Stretch();
  for (let call = 1; call <= calls; call++) stretch.left(call % of === 0, waiting, 0);
  return stretch.factorAt(0);
}

const CASES: readonly [what: string, calls: number, of: number, waiting: number, value: number][] =
  [
    ["1 at first", 0, 1, 0, 1],
    ["1 while no call is refused", 1_000, Number.POSITIVE_INFINITY, 0, 1],
    ["1 while one call in 60 is refused", 60_000, 60, 0, 1],
    ["more by a hundredth after a refusal", 1, 1, 0, 1.01],
    ["more by less while others wait", 1, 1, 100, 1 + 1 / 500],
    ["no more than 4", 10_000, 1, 0, 4],
    ["4 in the end if one call in 40 is refused", 200_000, 40, 0, 4],
  ];
for (const [what, calls, of, waiting, value] of CASES) {
  test(`Stretch is ${what}`, () => {
    const found = after(calls, of, waiting);
    assert.ok(
      Math.abs(found - value) < 0.02 * (value - 1) + 1e-9 + (of === 60 ? 0.01 : 0),
      `${found}`,
    );
  });
}

/** Returns a stretch of 4, at 0 ms. */
function large(): Stretch {
  const stretch = new Stretch();
  for (let call = 0; call < 1_000; call++) stretch.left(true, 0, 0);
  return stretch;
}

test("Stretch falls again once calls are answered", () => {
  const stretch = large();
  for (let call = 0; call < 10_000; call++) stretch.left(false, 0, 0);
  assert.equal(stretch.factorAt(0), 1);
});

test("Stretch is forgotten with time, and never grows by it", () => {
  const stretch = large();
  assert.equal(stretch.factorAt(-99), 4);
  assert.equal(stretch.factorAt(0), 4);
  assert.ok(Math.abs(stretch.factorAt(10_000) - (1 + 3 / Math.E)) < 1e-9);
  stretch.left(false, 0, 10_000);
  assert.ok(Math.abs(stretch.factorAt(10_000) - (1 + 3 / Math.E)) < 0.001);
  assert.ok(stretch.factorAt(100_000) < 1.001);
});
