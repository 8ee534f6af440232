import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "../../../src/error.ts";
import { fixedWindow, off } from "../../../src/runner/batching/batch-options.ts";
import type { CallRecord } from "../../../src/runner/call-options.ts";
import { RunnerError } from "../../../src/runner/runner-error.ts";
import { bench, numbers, rows, settled } from "../fake-workers.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

test("Batcher refuses at once a call that the queue has no room for", async () => {
  const { batcher } = bench({ maxQueueRows: 3 });
  void batcher.call(rows(0));
  await settled();
  for (const value of range(3)) void batcher.call(rows(value));
  await assert.rejects(batcher.call(rows(9)), {
    code: "unavailable",
    retryAfterSeconds: 1,
    message: 'Runner "fake" is overloaded: 3 rows are waiting already',
  });
  assert.equal(batcher.stats().shed, 1);
});

test("Batcher refuses at once a call that it expects to be late", async () => {
  const { batcher, sizes, finish } = bench({ maxLatencyMs: 100, maxBatchSize: 2 });
  for (const value of range(4)) {
    void batcher.call(rows(value));
    await settled();
    await finish(30);
  }
  assert.equal(batcher.stats().b, 30);
  const calls = range(9).map((value) => batcher.call(rows(value)).catch((error) => error.code));
  await settled();
  for (const _ of range(4)) await finish(30);
  const outcomes = await Promise.all(calls);
  assert.ok(outcomes.includes("unavailable"), "the last ones are refused");
  assert.ok(
    sizes()
      .slice(4)
      .every((size) => size === 2),
    "nothing was computed in vain",
  );
});

test("Batcher refuses a call whose deadline passes while it waits, uncomputed", async () => {
  const { batcher, clock, sizes } = bench({ maxLatencyMs: 50 });
  void batcher.call(rows(0));
  await settled();
  const late = assert.rejects(batcher.call(rows(1)), { code: "unavailable" });
  await settled();
  clock.advance(51);
  await settled();
  clock.advance(1);
  await late;
  assert.deepEqual(sizes(), [1]);
});

test("Batcher keeps to the deadline of a call", async () => {
  const { batcher, workers, finish } = bench();
  for (const value of range(4)) {
    void batcher.call(rows(value));
    await settled();
    await finish(30);
  }
  void batcher.call(rows(0));
  await settled();
  await assert.rejects(batcher.call(rows(1), { deadlineAt: 120 + 29 }), { code: "unavailable" });
  assert.equal(workers.running.length, 1);
});

test("Batcher closes a window when its time is over", async () => {
  const { batcher, clock, sizes, records, finish } = bench({
    strategy: fixedWindow({ waitMs: 10 }),
  });
  void batcher.call(rows(1));
  await settled();
  clock.advance(6);
  void batcher.call(rows(2));
  await settled();
  assert.deepEqual(sizes(), []);
  clock.advance(4);
  await settled();
  assert.deepEqual(sizes(), [2]);
  await finish(1);
  assert.deepEqual(records, [
    { rows: 2, units: 2, requests: 2, waitMs: 10, runMs: 1, reason: "window", workerIndex: 1 },
  ]);
});

test("Batcher sends each call by itself when batching is off", async () => {
  const { batcher, sizes } = bench({ strategy: off() }, 3);
  for (const value of range(3)) void batcher.call(rows(value));
  await settled();
  assert.deepEqual(sizes(), [1, 1, 1]);
});

test("Batcher fails the calls of a batch whose listener throws", async () => {
  const batchDone = (): never => {
    throw new Error("no room for records");
  };
  const { batcher, finish } = bench({}, 1, { events: { batchDone } });
  const call = assert.rejects(batcher.call(rows(1)), { message: "no room for records" });
  await settled();
  await finish();
  await call;
  assert.equal(batcher.stats().inFlight, 0);
});

test("Batcher sends a full batch ahead, and learns from its own time alone", async () => {
  const { batcher, workers, clock, records, sizes } = bench({ maxBatchSize: 2 });
  for (const _ of range(2)) batcher.learn(1, 4);
  for (const _ of range(4)) {
    const call = batcher.call(rows(1, 2));
    await settled();
    clock.advance(4);
    workers.running[0]?.resolve(rows(1, 2));
    await call;
  }
  workers.ahead = 1;
  const calls = range(4).map((value) => batcher.call(rows(value)));
  await settled();
  assert.deepEqual(sizes().slice(4), [2, 2]);
  clock.advance(4);
  workers.running[0]?.resolve(rows(0, 1));
  await settled();
  workers.running[0]?.start();
  clock.advance(4);
  workers.running[0]?.resolve(rows(2, 3));
  assert.deepEqual((await Promise.all(calls)).map(numbers), [[0], [1], [2], [3]]);
  const { waitMs, runMs } = records.at(-1) ?? {};
  assert.deepEqual({ waitMs, runMs, b: batcher.stats().b }, { waitMs: 4, runMs: 4, b: 4 });
});

test("Batcher takes calls again after a batch that took far too long", async () => {
  const { batcher, finish } = bench({ maxLatencyMs: 1_000 });
  for (const ms of [5, 5, 5, 60_000]) {
    const call = batcher.call(rows(1));
    await settled();
    await finish(ms);
    await call;
  }
  for (const ms of [5, 5, 5]) {
    const call = batcher.call(rows(1));
    await settled();
    await finish(ms);
    assert.deepEqual(numbers(await call), [2]);
  }
});

test("Batcher learns nothing from a batch that failed", async () => {
  const { batcher, workers, clock } = bench();
  for (const _ of range(5)) {
    const call = batcher.call(rows(1)).catch(() => {});
    await settled();
    clock.advance(60_000);
    workers.running[0]?.reject(new RunnerError("deadline_exceeded", "hung"));
    await call;
  }
  assert.equal(batcher.stats().b, 0);
});

test("Batcher answers an error of one row in its place in a split call", async () => {
  const { batcher, finish } = bench({ maxBatchSize: 2 });
  const call = batcher.call(["a", "b", "c"]);
  await settled();
  await finish(0, (input) => input);
  await finish(0, () => [new Error("no c")]);
  assert.deepEqual(await call, ["a", "b", new Error("no c")]);
});

test("Batcher records the batch for its caller", async () => {
  const { batcher, clock, finish } = bench();
  void batcher.call(rows(0));
  await settled();
  const records: CallRecord[] = [];
  const options = { onCall: (call: CallRecord) => void records.push(call) };
  const calls = [batcher.call(rows(1), options), batcher.call(rows(2, 3))];
  clock.advance(5);
  await finish();
  await finish(7);
  await Promise.all(calls);
  const batch = { batchRows: 3, batchRequests: 2, waitMs: 5, runMs: 7, reason: "idle" };
  assert.deepEqual(records, [{ runner: "fake", method: "double", rows: 1, ...batch }]);
});

test("Batcher fails the waiting calls when it is closed, and leaves no timer", async () => {
  const { batcher, clock, finish } = bench({ strategy: fixedWindow({ waitMs: 10 }) });
  const call = batcher.call(rows(1));
  await settled();
  assert.equal(clock.pending, 1);
  batcher.close(new ServiceError("unavailable", "closing"));
  await assert.rejects(call, { message: "closing" });
  assert.equal(clock.pending, 0);
  await finish();
});

type Bench = ReturnType<typeof bench>;
const ENDS: readonly [how: string, end: (bench: Bench, caller: AbortController) => unknown][] = [
  ["is sent", ({ finish }) => finish(1)],
  ["is aborted", (_, caller) => caller.abort()],
  ["is refused", ({ clock }) => clock.advance(60_000)],
  [
    "is refused by the end of the runner",
    ({ batcher }) => batcher.close(new RunnerError("unavailable", "over")),
  ],
];
for (const [how, end] of ENDS) {
  test(`Batcher keeps no timer once the last call that waited ${how}`, async () => {
    const made = bench();
    const { batcher, clock } = made;
    void batcher.call(rows(0));
    await settled();
    const caller = new AbortController();
    const waiting = Promise.allSettled([batcher.call(rows(1), { signal: caller.signal })]);
    await settled();
    assert.equal(clock.pending, 1, "for its deadline");
    await end(made, caller);
    await settled();
    assert.deepEqual([batcher.stats().queuedCalls, clock.pending], [0, 0]);
    for (let left = batcher.stats().inFlight; left > 0; left--) await made.finish(1);
    await waiting;
  });
}

for (const deadlineAt of [Number.NEGATIVE_INFINITY, -1e9, -1]) {
  test(`Batcher refuses a call of the deadline ${deadlineAt}, with any answerMs`, async () => {
    const { batcher, sizes } = bench();
    for (const answerMs of [0, 1, 1e9]) {
      const call = batcher.call(rows(1), { deadlineAt, answerMs });
      await assert.rejects(call, { code: "unavailable" });
    }
    assert.deepEqual(sizes(), []);
  });
}

test("Batcher charges a batch that was late once with little more than expected", async () => {
  const { batcher, workers, clock, finish } = bench();
  const queue = batcher.lanes.interactive;
  const chargeOf = async (run: () => unknown): Promise<number> => {
    const before = queue.served;
    const call = batcher.call(rows(1)).catch(() => {});
    await settled();
    await run();
    await call;
    return queue.served - before;
  };
  for (const _ of range(8)) await chargeOf(() => finish(10));
  assert.equal(await chargeOf(() => finish(3_000)), 10 + 100);
  const failed = await chargeOf(() => {
    clock.advance(3_000);
    workers.running[0]?.reject(new Error("no answer"));
  });
  assert.equal(failed, 3_000, "one that fails is charged all");
});

test("Batcher makes room in a full queue at the cost of its fullest caller", async () => {
  const { batcher, finish } = bench({ maxBatchSize: 1, maxQueueRows: 4 });
  const call = (value: number, caller: string): Promise<unknown> =>
    batcher.call(rows(value), { caller }).then(
      () => `${caller} ${value}`,
      (error: { readonly message: string }) => `${caller} ${value}: ${error.message}`,
    );
  const running = call(0, "greedy");
  await settled();
  const greedy = range(5).map((value) => call(value + 1, "greedy"));
  const polite = range(3).map((value) => call(value, "polite"));
  await settled();
  for (const _ of range(5)) await finish();
  const full = 'Runner "fake" is overloaded: 4 rows are waiting already';
  assert.deepEqual(await Promise.all([running, ...greedy, ...polite]), [
    "greedy 0",
    "greedy 1",
    "greedy 2",
    `greedy 3: ${full}`,
    `greedy 4: ${full}`,
    `greedy 5: ${full}`,
    "polite 0",
    "polite 1",
    `polite 2: ${full}`,
  ]);
});
