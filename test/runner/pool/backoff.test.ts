import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs } from "../../../src/runner/pool/backoff.ts";

for (const [losses, idleMs, ranCallMs] of [
  [1, 0, 0],
  [2, 100, 0],
  [3, 200, 0],
  [9, 10_000, 0],
  [33, 10_000, 0],
  [34, 10_000, 100],
  [35, 10_000, 200],
  [60, 10_000, 10_000],
] as const) {
  test(`backoffMs() waits ${idleMs} ms after loss ${losses}, or ${ranCallMs} ms for a call`, () => {
    assert.deepEqual([backoffMs(losses, false), backoffMs(losses, true)], [idleMs, ranCallMs]);
  });
}
