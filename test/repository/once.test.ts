import assert from "node:assert/strict";
import { test } from "node:test";
import { once, onceMemory } from "../../src/repository/once.ts";

test("once() computes a value a single time for all threads", async () => {
  const memory = onceMemory();
  let times = 0;
  const ended = Promise.withResolvers<void>();
  const compute = async (): Promise<object> => {
    times += 1;
    await ended.promise;
    return { words: ["größe", times] };
  };
  const first = once(memory, compute, 60_000);
  const others = [once(memory, compute, 60_000), once(memory, compute, 60_000)];
  ended.resolve();
  const value = { words: ["größe", 1] };
  assert.deepEqual(await first, value);
  assert.deepEqual(await Promise.all(others), [value, value]);
  assert.deepEqual(await once(memory, compute, 0), value);
  assert.equal(times, 1);
});

test("once() stops waiting for a thread that does not finish", async () => {
  const memory = onceMemory();
  const never = new Promise<string>(() => {});
  void once(memory, () => never, 0);
  assert.equal(await once(memory, async () => "mine", 1), undefined);
});

test("once() lets another thread compute after a failure", async () => {
  const memory = onceMemory();
  await assert.rejects(
    once(memory, () => Promise.reject(new Error("broken")), 0),
    /broken/,
  );
  assert.equal(await once(memory, async () => "second", 0), "second");
});

test("once() refuses a value that is too large to be shared", async () => {
  const memory = onceMemory();
  await assert.rejects(
    once(memory, async () => "x".repeat(2_000_000), 0),
    RangeError,
  );
});
