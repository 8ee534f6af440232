import assert from "node:assert/strict";
import { test } from "node:test";
import { RetryDelay } from "../src/retry-delay.ts";

test("RetryDelay doubles up to its maximum, and begins again", () => {
  const delay = new RetryDelay(1_000, 5_000);
  const next = (count: number) => Array.from({ length: count }, () => delay.next());
  assert.deepEqual(next(5), [1_000, 2_000, 4_000, 5_000, 5_000]);
  delay.reset();
  assert.deepEqual(next(2), [1_000, 2_000]);
});
