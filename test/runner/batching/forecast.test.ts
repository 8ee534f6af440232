import assert from "node:assert/strict";
import { test } from "node:test";
import { answeredAt, type Load, retryAfterSeconds } from "../../../src/runner/batching/forecast.ts";
import { seeded } from "../../support/random.ts";
import { line, NEVER } from "./policy-case.ts";

/** A call of one unit. A batch of n units takes n + 2 ms, and at most 4 units: 3, 4, 5 or 6 ms. */
function answered(change: Partial<Load>): number {
  return answeredAt({
    now: 0,
    units: 1,
    unitsBefore: 0,
    earliestAt: NEVER,
    freeInMs: [0],
    othersMs: 0,
    maxUnits: 4,
    leastUnits: 0,
    unitsPerMs: 1,
    latency: line(1, 2),
    ...change,
  });
}

const CASES: readonly [what: string, load: Partial<Load>, at: number][] = [
  ["a call alone", {}, 3],
  ["later", { now: 100 }, 103],
  ["while the worker is busy", { freeInMs: [5] }, 5 + 3],
  ["before any worker has loaded", { freeInMs: [] }, 3],
  ["with others in a batch", { unitsBefore: 2 }, 5],
  ["at the end of a full batch", { unitsBefore: 3 }, 6],
  ["behind a full batch", { unitsBefore: 4 }, 6 + 3],
  ["behind two full batches, with one more", { unitsBefore: 9 }, 6 + 6 + 4],
  ["behind exactly two, in a third full one", { unitsBefore: 11 }, 6 + 6 + 6],
  ["a call larger than a batch, by its last rows", { units: 10 }, 6 + 6 + 4],
  ["a call larger than a batch, behind others", { unitsBefore: 3, units: 6 }, 6 + 6 + 3],
  ["a call without rows", { units: 0 }, 2],
  ["with nothing known", { unitsBefore: 9, latency: line(0, 0) }, 0],
  // Under load, its batch is planned as large as is worth its time.
  ["in a batch of a least size", { leastUnits: 3, freeInMs: [2] }, 2 + 5],
  ["in one that is larger anyway", { unitsBefore: 3, leastUnits: 3, freeInMs: [2] }, 2 + 6],
  ["in a batch of no more than the most", { leastUnits: 9, freeInMs: [9] }, 9 + 6],
  ["in one of what will have arrived", { leastUnits: 4, freeInMs: [2], unitsPerMs: 0.5 }, 2 + 4],
  ["alone on a worker that is free", { leastUnits: 4 }, 3],
  ["in a batch of a least size behind a full one", { unitsBefore: 4, leastUnits: 4 }, 6 + 6],
  // The first of those before it binds.
  ["behind a head that allows 2 units", { unitsBefore: 3, earliestAt: 4 }, 4 + 4],
  ["behind a head that allows 2 of many", { unitsBefore: 6, earliestAt: 4 }, 4 + 6 + 3],
  ["with a head that allows just all", { unitsBefore: 2, earliestAt: 5 }, 5],
  [
    "behind a head by the worker's time",
    { unitsBefore: 2, earliestAt: 14, freeInMs: [10] },
    10 + 4 + 3,
  ],
  // Several workers: each batch goes to the one that is free first.
  ["on the other worker", { unitsBefore: 4, freeInMs: [0, 0] }, 3],
  ["on the other worker, which is busy", { unitsBefore: 4, freeInMs: [0, 5] }, 5 + 3],
  ["on the same, since the other is busier", { unitsBefore: 4, freeInMs: [0, 100] }, 6 + 3],
  ["on the first of two again", { unitsBefore: 8, freeInMs: [0, 1] }, 6 + 3],
  ["on the second of two again", { unitsBefore: 12, freeInMs: [0, 1] }, 1 + 6 + 3],
  // One starts at 0, 6, 12, 18, 24, the other at 20: the sixth batch starts at 24.
  ["where the other is free in between", { unitsBefore: 20, freeInMs: [0, 20] }, 24 + 3],
  // 0, 2, 5, 6, 8, 11
  ["on the last of three", { unitsBefore: 20, freeInMs: [0, 2, 5] }, 11 + 3],
  // The first batch ends after 4 ms, so that its worker takes the second one, too.
  ["behind a short batch", { unitsBefore: 6, earliestAt: 4, freeInMs: [0, 5] }, 5 + 3],
  ["behind a short batch, on its worker", { unitsBefore: 6, earliestAt: 4, freeInMs: [0, 3] }, 7],
  // Other queues go first, on all workers.
  ["behind another queue", { othersMs: 10 }, 10 + 3],
  ["behind another queue, half of it on each of two", { othersMs: 10, freeInMs: [0, 0] }, 5 + 3],
  ["behind both", { othersMs: 10, unitsBefore: 4 }, 10 + 6 + 3],
  ["behind both, and a run", { othersMs: 10, unitsBefore: 4, freeInMs: [7] }, 7 + 10 + 6 + 3],
];
for (const [what, load, at] of CASES) {
  test(`answeredAt() plans ${what}`, () => {
    assert.equal(answered(load), at);
  });
}

test("answeredAt() allows for two deviations, which partly cancel out over batches", () => {
  const latency = { ...line(1, 2), deviation: () => 0.5 };
  const at = (unitsBefore: number): number => answered({ unitsBefore, latency });
  assert.equal(at(0), 3 + 1);
  assert.ok(Math.abs(at(4) - (6 + 3 + Math.sqrt(2))) < 1e-9);
  assert.ok(Math.abs(at(12) - (3 * 6 + 3 + 2)) < 1e-9);
});

/** The same by giving each batch to the worker that is free first, one after the other. */
function byTurns({ unitsBefore, freeInMs }: Pick<Load, "unitsBefore" | "freeInMs">): number {
  const free = Array.from(freeInMs);
  for (let left = unitsBefore + 1; ; left -= 4) {
    free.sort((one, other) => one - other);
    const ms = Math.min(left, 4) + 2;
    const [start = 0] = free;
    if (left <= 4) return start + ms;
    free[0] = start + ms;
  }
}

test("answeredAt() gives each batch to the worker that is free first", () => {
  seeded((random) => {
    for (let run = 0; run < 2_000; run++) {
      const busyMs = random.of([0, 3, 30, 300]);
      const free = Array.from({ length: 1 + random.below(6) }, () => busyMs * random.next());
      const load = {
        unitsBefore: random.below(random.of([4, 40, 400])),
        freeInMs: free.sort((one, other) => one - other),
      };
      const difference = Math.abs(answered(load) - byTurns(load));
      assert.ok(difference < 1e-6, `${JSON.stringify(load)}: ${answered(load)}, ${byTurns(load)}`);
    }
  });
});

const RETRIES: readonly [lateMs: number, seconds: number][] = [
  [0, 1],
  [50, 1],
  [1_000, 1],
  [1_001, 2],
  [29_500, 30],
  [1e9, 30],
  [NEVER, 30],
];
for (const [lateMs, seconds] of RETRIES) {
  test(`retryAfterSeconds() of a call that would be ${lateMs} ms late is ${seconds}`, () => {
    assert.equal(retryAfterSeconds(lateMs), seconds);
  });
}
