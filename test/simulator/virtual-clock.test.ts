import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../src/simulator/arrivals.ts";
import { VirtualClock } from "../../src/simulator/virtual-clock.ts";

test("VirtualClock calls timers in the order of their moments, then of their setting", () => {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const called: [moment: number, order: number][] = [];
  const set: [moment: number, order: number][] = [];
  const cancels = Array.from({ length: 2_000 }, (_, order) => {
    const moment = Math.floor(random() * 100);
    set.push([moment, order]);
    return clock.at(moment, () => called.push([clock.now(), order]));
  });
  const kept = set.filter(([, order]) => order % 3 === 0);
  for (const [order, cancel] of cancels.entries()) if (order % 3 !== 0) cancel();
  while (clock.step());
  assert.deepEqual(
    called,
    kept.sort(([one, first], [other, second]) => one - other || first - second),
  );
});

test("VirtualClock stands still between timers, and takes those that are set meanwhile", () => {
  const clock = new VirtualClock();
  const called: string[] = [];
  clock.after(5, () => {
    called.push(`five at ${clock.now()}`);
    clock.after(2, () => called.push(`two more at ${clock.now()}`));
    clock.at(1, () => called.push(`late at ${clock.now()}`));
  });
  const cancel = clock.after(6, () => called.push("never"));
  assert.equal(clock.now(), 0);
  assert.equal(clock.step(), true);
  cancel();
  cancel();
  while (clock.step());
  assert.deepEqual(called, ["five at 5", "late at 5", "two more at 7"]);
  assert.equal(clock.now(), 7);
});

test("VirtualClock says so when time stands still for ever", () => {
  const clock = new VirtualClock();
  const again = (): void => void clock.after(0, again);
  again();
  assert.throws(() => {
    while (clock.step());
  }, /^Error: Time stands still: 100000 timers were due at 0 ms$/);
});
