import assert from "node:assert/strict";
import { test } from "node:test";
import { closer } from "../../src/runtime/closer.ts";

test("closer() begins once, and a second call forces the end", async () => {
  const over = Promise.withResolvers<void>();
  let begun = 0;
  const close = closer({
    begin() {
      begun += 1;
      return over.promise;
    },
    force: over.resolve,
  });
  const first = close(Number.MAX_SAFE_INTEGER);
  const second = close(0);
  assert.equal(first, second);
  await first;
  assert.equal(begun, 1);
});

test("closer() forces nothing after the end", async () => {
  let isForced = false;
  const close = closer({
    begin: async () => {},
    force() {
      isForced = true;
    },
  });
  await close(0);
  await close(0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(isForced, false);
});
