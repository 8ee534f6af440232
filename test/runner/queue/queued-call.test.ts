import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallRecord } from "../../../src/runner/call-options.ts";
import { runnable } from "../../../src/worker/runnable.ts";
import { bench, double, numbers, rows, settled } from "../fake-workers.ts";
import { callEach, finishAll, range } from "./queued-calls.ts";

test("QueuedCall is cut to fill batches: 20 calls of 6 rows make 12 batches of 10", async () => {
  const fixture = bench({ maxBatchSize: 10 });
  const calls = callEach(fixture, ...new Array<number>(20).fill(6));
  await finishAll(fixture);
  assert.deepEqual(fixture.sizes(), new Array(12).fill(10));
  assert.deepEqual(fixture.workers.inputs.flatMap(numbers), range(120));
  assert.deepEqual(
    (await Promise.all(calls)).flatMap(numbers),
    range(120).map((n) => 2 * n),
  );
  const { batches, queuedRows, queuedCalls } = fixture.batcher.stats();
  assert.equal(batches.full, 12);
  assert.deepEqual([queuedRows, queuedCalls], [0, 0]);
});

for (const [what, change] of [
  ["whose method must not be split", { splittable: false }],
  ["whose method must not run twice", { idempotent: false }],
] as const) {
  test(`QueuedCall stays whole ${what}, and the batch records why it is not full`, async () => {
    const fixture = bench({ maxBatchSize: 10 }, 1, change);
    const calls = callEach(fixture, 6, 6, 4, 1);
    await finishAll(fixture);
    assert.deepEqual(fixture.sizes(), [6, 10, 1]);
    assert.deepEqual(
      fixture.records.map(({ reason }) => reason),
      ["unsplittable", "full", "idle"],
    );
    assert.deepEqual(
      (await Promise.all(calls)).flatMap(numbers),
      range(17).map((n) => 2 * n),
    );
  });
}

test("QueuedCall of more rows than a batch is refused where it must not be split", async () => {
  const { batcher } = bench({ maxBatchSize: 10 }, 1, { splittable: false });
  await assert.rejects(batcher.call(rows(...range(11))), {
    code: "invalid_argument",
    message:
      'A call of "double" of runner "fake" must have at most 10 rows, since it is not split, ' +
      "but has 11",
  });
});

test("QueuedCall of more rows than a batch is cut though it must not run twice", async () => {
  const fixture = bench({ maxBatchSize: 4 }, 1, { idempotent: false });
  const [call] = callEach(fixture, 9);
  await finishAll(fixture);
  assert.deepEqual(fixture.sizes(), [4, 4, 1]);
  assert.deepEqual(
    numbers(await call),
    range(9).map((n) => 2 * n),
  );
});

test("runnable() takes the methods that must not be split", () => {
  const { notSplittable } = runnable(import.meta.url, () => ({}), { notSplittable: ["pairs"] });
  assert.deepEqual(notSplittable, ["pairs"]);
});

test("QueuedCall counts its rows in the queue until they are sent", async () => {
  const { batcher, finish } = bench({ maxBatchSize: 4 });
  void batcher.call(rows(0));
  await settled();
  void batcher.call(rows(...range(6)));
  void batcher.call(rows(...range(3)));
  await settled();
  const queued = () => [batcher.stats().queuedRows, batcher.stats().queuedCalls];
  assert.deepEqual(queued(), [9, 2]);
  await finish();
  assert.deepEqual(queued(), [5, 2], "the first call has two rows left");
  await finish();
  assert.deepEqual(queued(), [1, 1], "the second call has one row left");
  await finish();
  assert.deepEqual(queued(), [0, 0]);
});

test("QueuedCall keeps its place when it is cut: its other rows are sent next", async () => {
  const fixture = bench({ maxBatchSize: 4 });
  const { batcher, finish, workers } = fixture;
  const cut = batcher.call(rows(0, 1, 2, 3, 4, 5));
  await settled();
  for (const value of range(4, 10)) void batcher.call(rows(value));
  // Another shape comes later, and does not go before it.
  void batcher.call({ x: rows(...range(4)) });
  await settled();
  await finish();
  assert.deepEqual(numbers(workers.running[0]?.input), [4, 5, 10, 11]);
  await finish();
  assert.deepEqual(numbers(await cut), [0, 2, 4, 6, 8, 10]);
});

test("QueuedCall fails once, by the error of a part, and its other rows are not run", async () => {
  const fixture = bench({ maxBatchSize: 4 });
  const { batcher, workers } = fixture;
  const cut = batcher.call(rows(0, 1, 2, 3, 4, 5, 6, 7, 8));
  const other = batcher.call(rows(9));
  await settled();
  workers.running[0]?.reject(new Error("row 2"));
  await assert.rejects(cut, { message: "row 2" });
  assert.equal(batcher.stats().queuedRows, 0);
  await finishAll(fixture);
  assert.deepEqual(numbers(await other), [18]);
  assert.deepEqual(workers.inputs.map(numbers), [[0, 1, 2, 3], [9]]);
});

test("QueuedCall is dropped while another part of it runs", async () => {
  const fixture = bench({ maxBatchSize: 4 }, 2);
  const { batcher, workers } = fixture;
  const cut = batcher.call(rows(...range(12)));
  await settled();
  const [first, second] = workers.running;
  first?.reject(new Error("row 2"));
  await assert.rejects(cut, { message: "row 2" });
  assert.equal(second?.options.isWanted?.(), false);
  second?.resolve(double(second.input));
  await settled();
  assert.deepEqual([workers.inputs.length, batcher.stats().queuedRows], [2, 0]);
});

for (const [what, count, stage] of [
  ["of which nothing has been sent", 1, "queue"],
  ["of which a part has been sent", 6, "running"],
] as const) {
  test(`QueuedCall leaves the queue with its caller: one ${what}`, async () => {
    const stages: string[] = [];
    const events = { canceled: (_: string, at: string) => void stages.push(at) };
    const { batcher, finish, sizes } = bench({ maxBatchSize: 4 }, 1, { events });
    void batcher.call(rows(...range(4)));
    await settled();
    const caller = new AbortController();
    const gone = assert.rejects(batcher.call(rows(...range(count)), caller), /gone/);
    await settled();
    if (count > 4) await finish();
    caller.abort(new Error("gone"));
    await gone;
    await finish();
    await finish();
    assert.deepEqual(stages, [stage]);
    assert.equal(batcher.stats().queuedRows, 0);
    assert.equal(sizes().length, count > 4 ? 2 : 1);
  });
}

test("QueuedCall is refused when its rest would be late", async () => {
  const { batcher, clock } = bench({ maxBatchSize: 4, maxLatencyMs: 50 });
  const call = assert.rejects(batcher.call(rows(...range(6))), { code: "unavailable" });
  await settled();
  clock.advance(51);
  await call;
  assert.equal(batcher.stats().queuedRows, 0);
});

test("QueuedCall records each batch that it was in", async () => {
  const { batcher, finish } = bench({ maxBatchSize: 4 });
  const records: CallRecord[] = [];
  const options = { onCall: (call: CallRecord) => void records.push(call) };
  void batcher.call(rows(0, 1, 2));
  const cut = batcher.call(rows(3, 4, 5), options);
  await settled();
  await finish(5);
  await finish(7);
  await cut;
  const seen = records.map(({ batchRows, batchRequests, waitMs, runMs, reason }) => [
    ...[batchRows, batchRequests, waitMs, runMs, reason],
  ]);
  assert.deepEqual(seen, [
    [4, 2, 0, 5, "full"],
    [2, 1, 5, 7, "idle"],
  ]);
});
