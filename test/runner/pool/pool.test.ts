import assert from "node:assert/strict";
import { test } from "node:test";
import { batchSettings, off } from "../../../src/runner/batching/batch-options.ts";
import { Batcher } from "../../../src/runner/batching/batcher.ts";
import type { WorkSource } from "../../../src/runner/pool/work-source.ts";
import { settled } from "../fake-workers.ts";
import { type PoolBench, poolBench, sent } from "./fake-threads.ts";

/** A queue with pieces of work of some milliseconds. */
function source({ pool }: PoolBench, name: string, ...durations: number[]): WorkSource {
  const waiting = durations.map((ms, at) => ({ ms, input: `${name}${at}` }));
  const made: WorkSource = {
    share: 1,
    served: 0,
    waitingSince: 0,
    get waiting() {
      return waiting.length;
    },
    get workMs() {
      return waiting.reduce((sum, { ms }) => sum + ms, 0);
    },
    take() {
      if (pool.free === 0) return undefined;
      const work = waiting.shift();
      if (work === undefined) return undefined;
      void pool.runNow("batch", sent(work.input)).catch(() => {});
      return work.ms;
    },
  };
  pool.attach(made);
  return made;
}

/** Waits until there is a worker in place of a lost one. */
async function replaced({ pool, clock }: PoolBench): Promise<void> {
  while (pool.stats().ready === 0) {
    clock.advance(100);
    await settled();
  }
}

test("Pool gives a free worker to the queue that has used the workers least", async () => {
  const bench = await poolBench();
  const { pool, threads } = bench;
  source(bench, "slow", 5, 5, 5);
  source(bench, "quick", 1, 1, 1, 1, 1, 1, 1);
  pool.dispatch();
  const order: unknown[] = [];
  for (let answered = 0; answered < 10; answered++) {
    order.push(threads[0]?.calls[0]?.input);
    await threads[0]?.answer();
  }
  const quick = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, at) => `quick${from + at}`);
  assert.deepEqual(order, ["slow0", ...quick(0, 5), "slow1", ...quick(5, 7), "slow2"]);
  assert.equal(pool.free, 1);
});

test("Pool skips a queue that does not want a worker yet", async () => {
  const bench = await poolBench();
  bench.pool.attach({
    ...{ share: 1, waiting: 1, waitingSince: 0, workMs: 1, served: 0 },
    take: () => undefined,
  });
  source(bench, "a", 1);
  bench.pool.dispatch();
  assert.deepEqual(bench.inputs(), [["a0"]]);
});

test("Pool lets neither plain nor batched calls starve the others", async () => {
  const bench = await poolBench();
  const { pool, run, clock, threads } = bench;
  const context = { runner: "fake", method: "batch", idempotent: true, workers: pool, clock };
  const batcher = new Batcher({ ...context, settings: batchSettings({ strategy: off() }) });
  for (const queue of batcher.queues) pool.attach(queue);
  const served = { plain: 0, batch: 0 };
  const keep = { plain: 0, batch: 0 };
  // Of each kind, three wait at any time.
  const refill = (): void => {
    for (; keep.plain < served.plain + 3; keep.plain++) void run("plain", "plain").catch(() => {});
    for (; keep.batch < served.batch + 3; keep.batch++)
      void batcher.call(["batch"]).catch(() => {});
  };
  for (let turn = 0; turn < 40; turn++) {
    clock.advance(1);
    refill();
    await settled();
    served[threads[0]?.calls[0]?.method === "plain" ? "plain" : "batch"] += 1;
    await threads[0]?.answer();
  }
  assert.ok(served.plain >= 18 && served.batch >= 18, JSON.stringify(served));
  await pool.close();
});

test("Pool sends work ahead to the worker that started first, one piece each", async () => {
  const bench = await poolBench({ workers: 2 });
  const { pool, clock, threads } = bench;
  const results: unknown[] = [];
  const started: [unknown, number][] = [];
  for (let input = 0; input < 5; input++) {
    const options = { onStart: (worker: number) => started.push([input, worker]) };
    void pool.runNow("batch", sent(input), options).then((output) => results.push(output));
    clock.advance(1);
  }
  assert.deepEqual(bench.inputs(), [
    [0, 2],
    [1, 3],
  ]);
  assert.deepEqual([pool.free, pool.ahead, pool.stats().queued], [0, 0, 1]);
  await threads[0]?.answer();
  assert.deepEqual(started, [
    [0, 1],
    [1, 2],
    [2, 1],
  ]);
  await threads[0]?.answer();
  assert.deepEqual(bench.inputs(), [[4], [1, 3]], "what waits for a worker is not sent ahead");
  for (const at of [0, 1, 1]) await threads[at]?.answer();
  assert.deepEqual(results, [0, 2, 4, 1, 3]);
  assert.equal(clock.pending, 0);
});

test("Pool runs work again that was sent ahead to a lost worker, and counts no loss", async () => {
  const bench = await poolBench();
  const { pool, threads } = bench;
  const calls = ["a", "b"].map((input) => pool.runNow("batch", sent(input)));
  const outcomes = Promise.allSettled(calls);
  for (let lost = 0; lost < 2; lost++) {
    await threads.at(-1)?.die();
    await replaced(bench);
  }
  assert.deepEqual(bench.inputs().at(-1), ["b"]);
  await threads.at(-1)?.answer();
  const [first, second] = await outcomes;
  assert.match(String((first as PromiseRejectedResult).reason), /lost 2 workers while they ran/);
  assert.deepEqual(second, { status: "fulfilled", value: "b" });
});

test("Pool takes back work that has waited too long behind a slow call", async () => {
  const bench = await poolBench({ workers: 2 });
  const { pool, clock, threads } = bench;
  const results: unknown[] = [];
  for (const input of ["slow", "quick", "ahead"]) {
    void pool.runNow("batch", sent(input)).then((output) => results.push(output));
    clock.advance(1);
  }
  await threads[1]?.answer();
  assert.deepEqual(bench.inputs(), [["slow", "ahead"], []]);
  clock.advance(50);
  assert.deepEqual(bench.inputs(), [["slow", "ahead"], ["ahead"]]);
  await threads[1]?.answer();
  assert.deepEqual(results, ["quick", "ahead"]);
  await threads[0]?.answer();
  await threads[0]?.answer();
  assert.deepEqual(results, ["quick", "ahead", "slow"], "answered once");
  assert.deepEqual([pool.free, clock.pending], [2, 0]);
});

test("Pool leaves work where it was sent ahead while all workers are busy", async () => {
  const bench = await poolBench({ workers: 2 });
  const { pool, clock, threads } = bench;
  const results: unknown[] = [];
  for (const input of ["slow", "slow too", "ahead", "ahead too"]) {
    void pool.runNow("batch", sent(input)).then((output) => results.push(output));
  }
  const sentAhead = [
    ["slow", "ahead"],
    ["slow too", "ahead too"],
  ];
  assert.deepEqual(bench.inputs(), sentAhead);
  clock.advance(200);
  assert.deepEqual([bench.inputs(), pool.stats().queued], [sentAhead, 0]);
  await threads[1]?.answer();
  await threads[1]?.answer();
  assert.deepEqual(results, ["slow too", "ahead too"]);
  assert.deepEqual(bench.inputs(), [["slow", "ahead"], ["ahead"]], "as soon as one is idle");
  for (const at of [1, 0, 0]) await threads[at]?.answer();
  assert.deepEqual(results, ["slow too", "ahead too", "ahead", "slow"]);
  assert.deepEqual([bench.inputs(), clock.pending], [[[], []], 0]);
});

test("Pool does not run work again whose answer is not wanted", async () => {
  const bench = await poolBench();
  const { pool, threads } = bench;
  let wanted = true;
  const call = pool.runNow("batch", sent("a"), { isWanted: () => wanted });
  wanted = false;
  await threads[0]?.die();
  await replaced(bench);
  await assert.rejects(call, { code: "canceled" });
  assert.deepEqual(bench.inputs().at(-1), []);
});

test("Pool fails every waiting call when it is closed", async () => {
  const bench = await poolBench();
  const { pool, clock } = bench;
  const calls = [1, 2, 3, 4, 5].map((input) => pool.runNow("batch", sent(input)));
  const outcomes = Promise.allSettled(calls);
  await pool.close();
  for (const outcome of await outcomes) {
    assert.match(String((outcome as PromiseRejectedResult).reason), /is shutting down/);
  }
  assert.equal(clock.pending, 0);
  assert.equal(bench.threads[0]?.terminated, true);
});
