import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallOptions, Lane } from "../../../src/runner/call-options.ts";
import { type Bench, bench, numbers, rows, settled } from "../fake-workers.ts";

/** The value of a row, which tells the lane of a batch. */
const VALUES: Readonly<Record<Lane, number>> = { interactive: 0, bulk: 1 };

/** Makes calls of one row each. */
function callMany({ batcher }: Bench, count: number, lane: Lane, rest: CallOptions = {}): void {
  for (let at = 0; at < count; at++) {
    batcher.call(rows(VALUES[lane]), { lane, ...rest }).catch(() => {});
  }
}

/** Ends some batches after 10 ms each. */
async function run({ finish }: Bench, batches: number): Promise<void> {
  await settled();
  for (let at = 0; at < batches; at++) await finish(10);
}

/** The lanes of the batches so far, by their first letters. */
const lanesOf = ({ workers }: Bench): string =>
  workers.inputs.map((input) => (numbers(input)[0] === 0 ? "i" : "b")).join("");

/** A batcher whose batches have 4 rows and take 10 ms each. */
const made = (count = 1): Bench => {
  const each = bench({ maxBatchSize: 4, maxQueueRows: 9_999 }, count);
  for (let units = 1; units <= 4; units++) each.batcher.learn(units, 10);
  return each;
};

const LANES: readonly {
  readonly what: string;
  readonly calls: Readonly<Record<Lane, number>>;
  readonly batches: number;
  readonly interactive: number;
  readonly bulk: number;
}[] = [
  {
    what: "a tenth beside interactive calls: one of eleven batches",
    calls: { interactive: 1_000, bulk: 1_000 },
    batches: 110,
    interactive: 100,
    bulk: 10,
  },
  {
    what: "all of the workers alone",
    calls: { interactive: 0, bulk: 200 },
    batches: 50,
    interactive: 0,
    bulk: 50,
  },
  {
    what: "what interactive calls leave",
    calls: { interactive: 40, bulk: 200 },
    batches: 50,
    interactive: 10,
    bulk: 40,
  },
];
for (const { what, calls, batches, interactive, bulk } of LANES) {
  test(`Batcher gives the bulk lane ${what}`, async () => {
    const each = made();
    callMany(each, calls.interactive, "interactive");
    callMany(each, calls.bulk, "bulk");
    await run(each, batches - 1);
    const lanes = lanesOf(each);
    assert.equal(lanes.length, batches);
    assert.ok(Math.abs(lanes.split("b").length - 1 - bulk) <= 1, lanes);
    assert.ok(Math.abs(lanes.split("i").length - 1 - interactive) <= 1, lanes);
  });
}

test("Batcher answers a bulk call within eleven batches of interactive calls", async () => {
  const each = made();
  callMany(each, 400, "interactive");
  await run(each, 50);
  callMany(each, 1, "bulk");
  await run(each, 12);
  assert.ok(lanesOf(each).includes("b"), lanesOf(each));
});

test("Batcher lets an interactive call wait for one batch of bulk calls at most", async () => {
  const each = made();
  callMany(each, 400, "bulk");
  await run(each, 50);
  callMany(each, 1, "interactive");
  await run(each, 1);
  assert.equal(lanesOf(each).at(-1), "i");
});

test("Batcher has room for interactive calls beside a full queue of bulk calls", async () => {
  const each = bench({ maxBatchSize: 4, maxQueueRows: 8 });
  callMany(each, 1, "bulk");
  await settled();
  callMany(each, 8, "bulk");
  await assert.rejects(each.batcher.call(rows(1), { lane: "bulk" }), { code: "unavailable" });
  const answer = each.batcher.call(rows(3));
  await run(each, 2);
  assert.deepEqual(numbers(await answer), [6]);
});

test("Batcher joins no calls of different lanes", async () => {
  const each = made();
  callMany(each, 1, "interactive");
  await settled();
  callMany(each, 1, "interactive");
  callMany(each, 1, "bulk");
  await run(each, 2);
  assert.deepEqual(each.sizes(), [1, 1, 1]);
});

test("Batcher serves a polite caller in the next batch beside 1,000 calls of another", async () => {
  const each = made();
  callMany(each, 1_000, "interactive", { caller: "greedy" });
  await run(each, 20);
  const polite = each.batcher.call(rows(7), { caller: "polite" });
  await run(each, 1);
  assert.ok(numbers(each.workers.inputs.at(-1)).includes(7));
  await each.finish(10);
  assert.deepEqual(numbers(await polite), [14]);
});

test("Batcher has one timer at most, and none when its calls are over", async () => {
  const each = made(2);
  for (let round = 0; round < 30; round++) {
    callMany(each, round % 7, round % 3 === 0 ? "bulk" : "interactive", {
      deadlineAt: each.clock.now() + 5 + ((round * 37) % 90),
    });
    await settled();
    assert.ok(each.clock.pending <= 1, `${each.clock.pending} timers`);
    if (round % 2 === 0) await each.finish(4);
    else each.clock.advance(3);
    await settled();
    assert.ok(each.clock.pending <= 1, `${each.clock.pending} timers`);
  }
  while (each.workers.running.length > 0) await each.finish(10);
  assert.deepEqual([each.batcher.stats().queuedCalls, each.batcher.stats().inFlight], [0, 0]);
  // A timer that was set for a waiting call may be left. It sets no other.
  each.clock.advance(60_000);
  await settled();
  assert.equal(each.clock.pending, 0);
});
