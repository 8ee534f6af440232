import assert from "node:assert/strict";
import { test } from "node:test";
import { batchSettings } from "../../../src/runner/batching/batch-options.ts";
import { Batcher } from "../../../src/runner/batching/batcher.ts";
import { rows, settled } from "../fake-workers.ts";
import { poolBench, sent } from "./fake-threads.ts";

const LATE = /^Runner "fake" is overloaded: the call could not be answered in time$/;

/** A pool whose only worker does not load again once it is lost. */
function withoutReplacement(): ReturnType<typeof poolBench> {
  return poolBench({ loadTimeoutMs: 100_000 }, true, false);
}

test("FirstQueue refuses work whose time is over while no worker is ready", async () => {
  const bench = await withoutReplacement();
  const { pool, clock, threads } = bench;
  const ended: [string, number][] = [];
  const refusals: Promise<void>[] = [];
  for (const [input, deadlineAt] of [
    ["running", 4_000],
    ["ahead", 3_000],
    ["waiting", 2_000],
  ] as const) {
    const call = pool.runNow("batch", sent(input), { deadlineAt });
    refusals.push(assert.rejects(call, { code: "unavailable", message: LATE }));
    call.catch(() => ended.push([input, clock.now()]));
  }
  await threads[0]?.die();
  assert.deepEqual([pool.stats().ready, pool.stats().queued], [0, 3]);
  for (const ms of [1_999, 1, 1_000, 1_000]) {
    clock.advance(ms);
    await settled();
  }
  await Promise.all(refusals);
  assert.deepEqual(ended, [
    ["waiting", 2_000],
    ["ahead", 3_000],
    ["running", 4_000],
  ]);
  assert.equal(pool.stats().queued, 0);
  await pool.close();
  assert.equal(clock.pending, 0);
});

test("FirstQueue gives work to a worker within its time, and keeps no timer", async () => {
  const { pool, clock, threads } = await poolBench();
  const first = pool.runNow("batch", sent("a"));
  const second = pool.runNow("batch", sent("b"), { mayGoAhead: false, deadlineAt: 500 });
  await threads[0]?.answer();
  clock.advance(600);
  await threads[0]?.answer();
  assert.deepEqual(await Promise.all([first, second]), ["a", "b"]);
  assert.equal(clock.pending, 0);
});

test("FirstQueue refuses the calls of a lost batch when a queued call is refused", async () => {
  const bench = await withoutReplacement();
  const { pool, clock, threads } = bench;
  const context = { runner: "fake", method: "batch", idempotent: true, workers: pool, clock };
  const batcher = new Batcher({ ...context, settings: batchSettings({ maxLatencyMs: 5_000 }) });
  for (const queue of batcher.queues) pool.attach(queue);
  const again = [0, 1, 2].map((value) => batcher.call(rows(value)));
  await settled();
  await threads[0]?.die();
  const queued = batcher.call(rows(3));
  const outcomes = Promise.allSettled([...again, queued]);
  let isOver = false;
  void outcomes.then(() => {
    isOver = true;
  });
  clock.advance(4_900);
  await settled();
  assert.deepEqual([pool.stats().ready, isOver], [0, false]);
  clock.advance(100);
  await settled();
  assert.equal(isOver, true);
  for (const outcome of await outcomes) {
    const { reason } = outcome as PromiseRejectedResult;
    assert.equal(reason.code, "unavailable");
    assert.match(reason.message, /in time/);
    assert.equal(reason.retryAfterSeconds !== undefined, true);
  }
  assert.deepEqual([batcher.stats().inFlight, pool.stats().queued], [0, 0]);
  await pool.close();
});
