import assert from "node:assert/strict";
import { test } from "node:test";
import { Fitting, type Limits } from "../../../src/runner/batching/fitting.ts";
import { high } from "../../../src/runner/latency/latency.ts";
import { type Random, seeded } from "../../support/random.ts";
import { type Call, call, line, NEVER } from "./policy-case.ts";

test("Fitting chooses batches within all bounds, in which nothing is late", () => {
  seeded((random) => {
    for (let run = 0; run < 3_000; run++) {
      const free = 1 + random.below(3);
      const nextFreeInMs = free > 1 ? 0 : random.of([NEVER, 10 * random.next()]);
      const deviation = random.below(2);
      const given: Limits = {
        free,
        nextFreeInMs,
        waitingUnits: 0,
        maxBatchSize: 1 + random.below(20),
        maxBatchWeight: random.of([NEVER, 10, 100]),
        price: random.of([0, 0.2, 0.5]),
        latency: { ...line(random.next(), 10 * random.next()), deviation: () => deviation },
        now: 0,
        strategy: { name: "adaptive" },
      };
      checkBounds(randomCalls(random, given.maxBatchSize), given);
    }
  });
});

function randomCalls(random: Random, maxBatchSize: number): Call[] {
  const isWeighed = random.below(2) === 0;
  return Array.from({ length: random.below(60) }, (_, at) => {
    const rows = random.below(random.of([2, 10, 50]));
    const whole = rows <= maxBatchSize && random.below(3) === 0;
    const deadlineAt = random.of([NEVER, 50 * random.next(), 10 * random.next()]);
    return call(`${at}`, 0, {
      rows,
      whole,
      deadlineAt,
      weight: isWeighed ? 1 + random.below(9) : 1,
    });
  });
}

function checkBounds(some: readonly Call[], given: Limits): void {
  const fitting = new Fitting(some, given);
  if (fitting.first === undefined) return assert.equal(fitting.late.length, some.length);
  const { fit, dropped } = fitting.best();
  const { shares, units, netUnits, earliestAt } = fit;
  const rows = shares.reduce((sum, share) => sum + share.rows, 0);
  const weights = shares.map((share) => share.call.weight);
  const [only, another] = shares.filter((share) => share.rows > 0);
  const mayBeHeavy = another === undefined && (only?.rows === 1 || only?.call.whole);
  assert.equal(units, rows * Math.max(...weights));
  assert.equal(
    netUnits,
    shares.reduce((sum, share) => sum + share.rows * share.call.weight, 0),
  );
  assert.equal(earliestAt, Math.min(...shares.map((share) => share.call.deadlineAt)));
  assert.ok(rows <= given.maxBatchSize, `${rows} rows`);
  assert.ok(units <= given.maxBatchWeight || mayBeHeavy, `${units} units`);
  for (const [at, share] of shares.entries()) {
    const isCut = share.rows < share.call.rows;
    assert.ok(!isCut || (at === shares.length - 1 && !share.call.whole), "only the last is cut");
  }
  const endsAt = given.now + high(given.latency, units);
  assert.ok(
    endsAt <= earliestAt || (mayBeHeavy && only?.call.whole),
    `${endsAt} is after ${earliestAt}`,
  );
  const places = [...fitting.late, ...dropped, ...shares.map((share) => share.call)];
  assert.equal(new Set(places).size, places.length, "no call is both sent and refused");
  for (const refused of [...fitting.late, ...dropped]) {
    const alone = Math.max(1, Math.min(refused.rows, given.maxBatchSize));
    const nextInMs = Math.min(given.latency.mean(units), given.nextFreeInMs);
    const startsAt = dropped.includes(refused) ? given.now + nextInMs : given.now;
    const isLate = startsAt + high(given.latency, alone * refused.weight) > refused.deadlineAt;
    const what = JSON.stringify({ refused, startsAt, units, given });
    assert.ok(isLate, `only what would be late is refused: ${what}`);
  }
}
