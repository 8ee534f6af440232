import assert from "node:assert/strict";
import { test } from "node:test";
import type { LossReason, WorkerPlace } from "../../../src/runner/metrics/runner-events.ts";
import type { Suspicion } from "../../../src/runner/pool/work-source.ts";
import { settled } from "../fake-workers.ts";
import { type PoolBench, poolBench, sent } from "./fake-threads.ts";

/** A pool whose calls may run for long, and the losses of its workers. */
async function slowBench(workers = 1) {
  const losses: LossReason[] = [];
  const events = { workerLost: (_: WorkerPlace, reason: LossReason) => void losses.push(reason) };
  return { ...(await poolBench({ workers, callTimeoutMs: 60_000, events })), losses };
}

/** A call that is suspected after a second. Says so in `suspects`. */
function slowCall(
  { pool }: PoolBench,
  input: string,
  suspects: string[],
  { endableAfterMs = 5_000, wanted = () => true }: Partial<Suspicion & { wanted(): boolean }> = {},
): Promise<unknown> {
  return pool.runNow("batch", sent(input), {
    maxLosses: 1,
    mayGoAhead: false,
    isWanted: wanted,
    suspicion: { afterMs: 1_000, endableAfterMs, onSuspect: () => void suspects.push(input) },
  });
}

/** Moves time on in steps, so that what follows from each can happen. */
async function pass({ clock }: PoolBench, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    await settled();
  }
}

test("Quarantine lets a call that may hang continue, beside a worker in its place", async () => {
  const bench = await slowBench();
  const { pool, threads, losses } = bench;
  const suspects: string[] = [];
  const slow = slowCall(bench, "slow", suspects);
  await pass(bench, 1_000);
  assert.deepEqual(suspects, ["slow"]);
  assert.deepEqual([threads.length, pool.size, pool.free, pool.stats().running], [2, 1, 1, 1]);
  const quick = bench.run("plain", "quick");
  await settled();
  await threads[1]?.answer();
  assert.equal(await quick, "quick");
  await pass(bench, 30_000);
  await threads[0]?.answer();
  assert.equal(await slow, "slow");
  await settled();
  assert.deepEqual([threads[0]?.terminated, threads[1]?.terminated], [true, false]);
  assert.deepEqual([losses, pool.stats().restarts, bench.clock.pending], [[], 0, 0]);
});

test("Quarantine ends a call that hangs when its time is over, and counts its worker", async () => {
  const bench = await slowBench();
  const { pool, losses } = bench;
  const hung = assert.rejects(slowCall(bench, "hung", []), {
    code: "deadline_exceeded",
    message: 'Worker 1 of runner "fake" did not answer "batch" within 60000 ms',
  });
  await pass(bench, 60_000);
  await hung;
  const { ready, running, restarts } = pool.stats();
  assert.deepEqual({ ready, running, restarts }, { ready: 1, running: 0, restarts: 1 });
  assert.deepEqual(losses, ["hang"]);
  assert.equal(bench.clock.pending, 0);
});

test("Quarantine gives a worker its place back if it answers before another loads", async () => {
  const bench = await slowBench();
  const { pool, threads, clock } = bench;
  const slow = slowCall(bench, "slow", []);
  clock.advance(1_000);
  assert.equal(pool.stats().ready, 0);
  const answered = threads[0]?.answer();
  assert.equal(await slow, "slow");
  await answered;
  assert.deepEqual([threads[0]?.terminated, threads[1]?.terminated], [false, true]);
  const next = bench.run("plain", "next");
  await settled();
  assert.deepEqual(bench.inputs()[0], ["next"]);
  await threads[0]?.answer();
  assert.equal(await next, "next");
});

test("Quarantine ends a call that has been canceled", async () => {
  const bench = await slowBench();
  let wanted = true;
  const call = assert.rejects(slowCall(bench, "hung", [], { wanted: () => wanted }), {
    code: "deadline_exceeded",
  });
  await pass(bench, 2_000);
  wanted = false;
  await pass(bench, 1_000);
  await call;
  assert.equal(bench.pool.stats().running, 0);
});

test("Quarantine has room for two beside one worker, then ends the older one", async () => {
  const bench = await slowBench();
  const suspects: string[] = [];
  const ends: string[] = [];
  for (const input of ["a", "b", "c"]) {
    slowCall(bench, input, suspects).catch((error) => ends.push(`${input}: ${error.message}`));
  }
  await pass(bench, 3_000);
  assert.deepEqual([suspects, ends], [["a", "b"], []]);
  await pass(bench, 2_050);
  const text = 'a: Worker 1 of runner "fake" did not answer "batch" within';
  assert.deepEqual(
    ends.map((end) => end.startsWith(text)),
    [true],
  );
  assert.deepEqual(suspects, ["a", "b", "c"]);
});

test("Quarantine ends first the calls that are run again anyway", async () => {
  const bench = await slowBench();
  const suspects: string[] = [];
  const ends: string[] = [];
  for (const [input, endableAfterMs] of [
    ["single", 5_000],
    ["batch", 0],
    ["other", 5_000],
  ] as const) {
    slowCall(bench, input, suspects, { endableAfterMs }).catch(() => ends.push(input));
  }
  await pass(bench, 3_050);
  assert.deepEqual([suspects, ends], [["single", "batch", "other"], ["batch"]]);
});

test("Quarantine does not suspect a call because the process was suspended", async () => {
  for (const isAnswered of [true, false]) {
    const bench = await slowBench();
    const { clock, threads } = bench;
    const suspects: string[] = [];
    const call = slowCall(bench, "paused", suspects);
    // The timer that is due comes late, as after SIGSTOP and SIGCONT.
    const now = clock.now.bind(clock);
    clock.now = () => now() + 20_000;
    clock.advance(1_000);
    await settled();
    assert.deepEqual(suspects, []);
    if (isAnswered) await threads[0]?.answer();
    clock.advance(100);
    assert.deepEqual(suspects, isAnswered ? [] : ["paused"]);
    if (!isAnswered) await threads[0]?.answer();
    assert.equal(await call, "paused");
  }
});

test("Quarantine starts no worker in a place that has been taken back", async () => {
  const options = { maxLostThreads: 0, callTimeoutMs: 60_000 };
  const bench = await poolBench(options, false);
  const { pool, threads, clock } = bench;
  const suspects: string[] = [];
  const [, second] = ["a", "b", "c"].map((input) => {
    const call = slowCall(bench, input, suspects);
    call.catch(() => {}); // "a" is ended for "c", "c" with the pool
    return call;
  });
  // The thread of "a" does not answer: no worker is started in place of one that dies.
  await pass(bench, 8_000);
  assert.deepEqual([suspects, threads.length, pool.stats().lostThreads], [["a", "b", "c"], 4, 1]);
  await threads[3]?.die();
  await pass(bench, 1_000);
  assert.equal(threads.length, 4);
  await threads[1]?.answer();
  assert.equal(await second, "b");
  assert.equal(pool.stats().ready, 1);
  await threads[0]?.die();
  await pass(bench, 1_000);
  assert.deepEqual([threads.length, pool.stats().lostThreads], [4, 0]);
  await pool.close();
  assert.equal(clock.pending, 0);
});

test("Quarantine is closed with its pool", async () => {
  const bench = await slowBench();
  const call = assert.rejects(slowCall(bench, "hung", []), { message: /is shutting down/ });
  await pass(bench, 1_000);
  await bench.pool.close();
  await call;
  assert.deepEqual(
    bench.threads.map(({ terminated }) => terminated),
    [true, true],
  );
  assert.equal(bench.clock.pending, 0);
});

test("Quarantine makes room where another worker cannot load beside them", async () => {
  const bench = await slowBench();
  const { threads, pool } = bench;
  const call = assert.rejects(slowCall(bench, "hung", []), { code: "deadline_exceeded" });
  await settled();
  bench.clock.advance(1_000);
  await threads[1]?.die();
  await call;
  await pass(bench, 200);
  assert.equal(pool.stats().ready, 1);
});
