import assert from "node:assert/strict";
import { test } from "node:test";
import { withSharedTimers } from "../../src/invocation/shared-timers.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** Starts a timer that adds its name to a list when it fires. */
function opened(sharedMs: number) {
  const clock = new FakeClock();
  const shared = withSharedTimers(clock, sharedMs);
  const fired: string[] = [];
  const start = (name: string, ms: number = sharedMs) => shared.after(ms, () => fired.push(name));
  return { clock, fired, start };
}

test("withSharedTimers() has one timer for all of one length, in their order", () => {
  const { clock, fired, start } = opened(60_000);
  start("a");
  clock.advance(500);
  start("b");
  const cancel = start("c");
  start("d");
  assert.equal(clock.pending, 1);
  cancel();
  cancel();
  clock.advance(59_499);
  assert.deepEqual(fired, []);
  clock.advance(1);
  assert.deepEqual(fired, ["a"]);
  clock.advance(500);
  assert.deepEqual(fired, ["a", "b", "d"]);
  clock.advance(1_000);
  assert.equal(clock.pending, 0);
});

test("withSharedTimers() leaves other lengths to the clock", () => {
  const { clock, fired, start } = opened(60_000);
  const cancel = start("short", 10);
  start("long", 20);
  assert.equal(clock.pending, 2);
  cancel();
  clock.advance(20);
  assert.deepEqual(fired, ["long"]);
  assert.equal(clock.pending, 0);
});

test("withSharedTimers() keeps its timer for a second after the last timeout", () => {
  const { clock, fired, start } = opened(60_000);
  for (let each = 0; each < 3; each++) {
    start("never")();
    assert.equal(clock.pending, 1);
  }
  clock.advance(1_000);
  assert.equal(clock.pending, 0);
  start("after a pause");
  clock.advance(60_000);
  assert.deepEqual(fired, ["after a pause"]);
});

test("withSharedTimers() lets a callback start and cancel timeouts", () => {
  const clock = new FakeClock();
  const shared = withSharedTimers(clock, 100);
  const fired: string[] = [];
  const cancels: (() => void)[] = [];
  shared.after(100, () => {
    fired.push("first");
    for (const cancel of cancels) cancel();
    shared.after(100, () => fired.push("again"));
  });
  cancels.push(shared.after(100, () => fired.push("canceled")));
  clock.advance(100);
  assert.deepEqual(fired, ["first"]);
  clock.advance(100);
  assert.deepEqual(fired, ["first", "again"]);
});
