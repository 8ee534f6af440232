import assert from "node:assert/strict";
import { test } from "node:test";
import { late } from "../src/late.ts";

test("late() makes a value once for all callers, and again after a failure", async () => {
  const attempts: ReturnType<typeof Promise.withResolvers<string>>[] = [];
  const get = late(() => {
    const attempt = Promise.withResolvers<string>();
    attempts.push(attempt);
    return attempt.promise;
  });
  assert.equal(attempts.length, 0);
  const failing = [get(), get()];
  attempts[0]?.reject(new Error("broken"));
  for (const each of failing) await assert.rejects(each, /broken/);
  const made = [get(), get()];
  attempts[1]?.resolve("made");
  assert.deepEqual(await Promise.all([...made, get()]), ["made", "made", "made"]);
  assert.equal(attempts.length, 2);
});
