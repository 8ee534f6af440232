import assert from "node:assert/strict";
import { test } from "node:test";
import { EventLoop } from "../../src/invocation/event-loop.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A loop whose turns end by `end()`. */
function looped() {
  const clock = new FakeClock();
  let ends: (() => void)[] = [];
  const loop = new EventLoop(clock, (callback) => void ends.push(callback));
  const end = (): number => {
    const due = ends;
    ends = [];
    for (const callback of due) callback();
    return due.length;
  };
  return { clock, loop, end, waitedMs: () => loop.waitedMs(clock.now()) };
}

test("EventLoop.waitedMs() is the time since the turn began, after an idle time", () => {
  const { clock, end, waitedMs } = looped();
  assert.equal(waitedMs(), 0);
  clock.advance(3);
  assert.equal(waitedMs(), 3);
  end();
  clock.advance(50);
  assert.equal(waitedMs(), 0);
});

test("EventLoop.waitedMs() includes the turn before, if there was no pause", () => {
  const { clock, end, waitedMs } = looped();
  waitedMs();
  clock.advance(20);
  end();
  assert.equal(waitedMs(), 20);
  clock.advance(5);
  assert.equal(waitedMs(), 25);
  end();
  assert.equal(waitedMs(), 5);
});

test("EventLoop.enter() begins a turn, which a request may have waited for", () => {
  const { clock, loop, end, waitedMs } = looped();
  loop.enter(clock.now());
  clock.advance(8);
  assert.equal(waitedMs(), 8);
  assert.equal(end(), 1);
});

test("EventLoop counts no turn as longer than a second, even if no callback ends it", () => {
  const { clock, loop, end, waitedMs } = looped();
  waitedMs();
  clock.advance(60_000);
  assert.equal(waitedMs(), 0);
  clock.advance(999);
  assert.equal(waitedMs(), 999);
  loop.enter(clock.now());
  clock.advance(10_000);
  assert.equal(end(), 2, "the callback that was late, and that of the turn");
  assert.equal(waitedMs(), 1000);
});

test("EventLoop knows nothing where no callback marks the end of a turn", () => {
  const clock = new FakeClock();
  const loop = new EventLoop(clock, undefined);
  assert.equal(loop.waitedMs(clock.now()), 0);
  clock.advance(30);
  assert.equal(loop.waitedMs(clock.now()), 0);
});

test("EventLoop.of() is one for all servers of a clock", () => {
  const clock = new FakeClock();
  assert.equal(EventLoop.of(clock), EventLoop.of(clock));
  assert.notEqual(EventLoop.of(clock), EventLoop.of(new FakeClock()));
});
