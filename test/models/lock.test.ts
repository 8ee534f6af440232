import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { withLock } from "../../src/models/lock.ts";
import { newOwner } from "../../src/models/owner.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { until } from "../support/until.ts";
import { temporaryStore } from "./temporary-store.ts";

const elsewhere = `${"0".repeat(12)}-1-${crypto.randomUUID()}`;

test("withLock() lets one work at a time", async () => {
  using at = temporaryStore();
  const path = join(at.folder, "locks/a.lock");
  let inside = 0;
  let most = 0;
  const work = (): Promise<void> =>
    withLock(path, { waitMs: 60_000, what: "a" }, async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    });
  await Promise.all([work(), work(), work()]);
  assert.equal(most, 1);
  await assert.rejects(
    withLock(path, { waitMs: 0, what: "a" }, () => Promise.reject(new Error("own"))),
    /own/,
  );
  assert.deepEqual(readdirSync(join(at.folder, "locks")), []);
});

test("withLock() takes the lock of a process that has ended at once", async () => {
  using at = temporaryStore();
  const path = join(at.folder, "a.lock");
  writeFileSync(path, newOwner().replace(`-${process.pid}-`, "-999999999-"));
  const clock = new FakeClock();
  assert.equal(await withLock(path, { waitMs: 0, what: "a", clock }, async () => 1), 1);
});

/** Moves a clock until some work is done. */
async function advancing<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => {});
  await until(() => {
    clock.advance(1000);
    return isDone;
  });
  return await done;
}

test("withLock() takes a lock that nobody touches, and waits for one in use", async () => {
  using at = temporaryStore();
  const path = join(at.folder, "a.lock");
  const clock = new FakeClock();
  writeFileSync(path, elsewhere);
  const waits: number[] = [];
  const options = { waitMs: 60_000, what: "model a", clock, onWait: () => waits.push(clock.now()) };
  await advancing(
    clock,
    withLock(path, options, async () => {}),
  );
  assert.ok(clock.now() > 20_000 && clock.now() < 60_000, `${clock.now()}`);
  assert.equal(waits.length, 1);
  writeFileSync(path, elsewhere);
  let seconds = 1;
  const touch = clock.after.bind(clock);
  const touching: typeof touch = (ms, callback) => {
    seconds += 1;
    utimesSync(path, seconds, seconds);
    return touch(ms, callback);
  };
  const busy = { now: () => clock.now(), after: touching };
  const waiting = withLock(path, { ...options, clock: busy }, async () => {});
  await assert.rejects(advancing(clock, waiting), {
    code: "unavailable",
    message: /still at work on model a, after 60 s. If there is none, remove .*a\.lock/,
  });
  assert.ok(existsSync(path), "the lock of the other is left");
});

test("withLock() touches its lock, and removes none that another has taken", async () => {
  using at = temporaryStore();
  mkdirSync(join(at.folder, "locks"));
  const path = join(at.folder, "locks/a.lock");
  const clock = new FakeClock();
  await withLock(path, { waitMs: 0, what: "a", clock }, async () => {
    utimesSync(path, 1, 1);
    clock.advance(2000);
    await until(() => statSync(path).mtimeMs > 1000);
    writeFileSync(path, elsewhere);
  });
  assert.deepEqual(readdirSync(join(at.folder, "locks")), ["a.lock"]);
  assert.equal(clock.pending, 0);
});
