import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../src/random.ts";
import { VirtualClock } from "../../src/simulator/virtual-clock.ts";

test("VirtualClock runs events by time, then in the order in which they were scheduled", () => {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const called: [moment: number, order: number][] = [];
  const kept: [moment: number, order: number][] = [];
  for (let order = 0; order < 2_000; order++) {
    const moment = 1 + Math.floor(random() * 100);
    const callback = (): void => void called.push([clock.now(), order]);
    if (order % 3 === 0) clock.at(moment, callback);
    const cancel = order % 3 === 0 ? undefined : clock.after(moment, callback);
    if (order % 3 === 1) cancel?.();
    else kept.push([moment, order]);
  }
  while (clock.step());
  assert.deepEqual(
    called,
    kept.sort(([one, first], [other, second]) => one - other || first - second),
  );
});

test("VirtualClock stands still between events, during which more can be scheduled", () => {
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

for (const [asked, ms] of [
  [0, 1],
  [0.2, 1],
  [1.9, 1],
  [2, 2],
  [5.3, 5],
] as const) {
  test(`VirtualClock calls a timer of ${asked} ms after ${ms}, as setTimeout() does`, () => {
    const clock = new VirtualClock();
    let calledAt = Number.NaN;
    clock.at(0.5, () => {
      clock.after(asked, () => {
        calledAt = clock.now();
      });
    });
    while (clock.step());
    assert.equal(calledAt, 0.5 + ms);
  });
}

test("VirtualClock throws when there are only timers, without end", () => {
  const clock = new VirtualClock();
  const again = (): void => void clock.after(0, again);
  again();
  assert.throws(() => {
    while (clock.step());
  }, /^Error: Nothing but 100000 timers happened until 100001 ms$/);
});
