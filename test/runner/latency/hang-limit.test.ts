import assert from "node:assert/strict";
import { test } from "node:test";
import { HangLimit } from "../../../src/runner/latency/hang-limit.ts";
import { LatencyModel } from "../../../src/runner/latency/latency-model.ts";

/** Returns a limit for batches of a given duration; `undefined` if it is unknown. */
function limitOf(ms?: number): HangLimit {
  const latency = new LatencyModel();
  if (ms !== undefined) latency.seed(1, ms);
  return new HangLimit(latency);
}

for (const [ms, suspectAfterMs] of [
  [undefined, 3_000],
  [0.2, 1_000],
  [100, 1_150],
  [150, 1_725],
  [4_000, 46_000],
] as const) {
  test(`HangLimit suspects a batch after ${suspectAfterMs} ms that takes ${ms ?? "any"} ms`, () => {
    assert.equal(Math.round(limitOf(ms).suspectAfterMs(1)), suspectAfterMs);
    assert.ok(limitOf(ms).endableAfterMs(1) >= 5_000);
  });
}

test("HangLimit allows sizes that were not seen to take as long a row as those that were", () => {
  assert.equal(Math.round(limitOf(100).suspectAfterMs(64)), 64_150);
});

test("HangLimit gets shorter with each call that hangs, and never too short", () => {
  const limit = limitOf(1);
  const limits = [500, 250, 250].map(() => {
    limit.confirmed();
    return limit.suspectAfterMs(1);
  });
  assert.deepEqual(limits, [500, 250, 250]);
  assert.equal(limit.endableAfterMs(1), 1_250);
});

test("HangLimit gets longer with a batch that is only slow, and shorter with the others", () => {
  const limit = limitOf(1);
  limit.refuted(1_200);
  assert.equal(limit.suspectAfterMs(1), 1_800);
  limit.refuted(100_000);
  assert.equal(limit.suspectAfterMs(1), 3_000);
  for (let batch = 0; batch < 600; batch++) limit.relax();
  assert.equal(Math.round(limit.suspectAfterMs(1)), 1_000);
});

test("HangLimit returns to its first length after calls that hung", () => {
  const limit = limitOf(1);
  limit.confirmed();
  for (let batch = 0; batch < 600; batch++) limit.relax();
  assert.equal(Math.round(limit.suspectAfterMs(1)), 1_000);
});
