import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallRecord, setCallScope } from "../../src/call-scope.ts";
import { ServiceError } from "../../src/error.ts";
import { fixedWindow, off } from "../../src/runner/batch-options.ts";
import { tensor } from "../../src/tensor.ts";
import { bench, double, numbers, rows, settled } from "./fake-workers.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

test("Batcher sends a lone call at once, and answers it", async () => {
  const { batcher, workers, records, finish } = bench();
  const call = batcher.call(rows(1, 2));
  await settled();
  assert.equal(workers.running.length, 1);
  await finish(3);
  assert.deepEqual(numbers(await call), [2, 4]);
  assert.deepEqual(records, [{ rows: 2, requests: 1, waitMs: 0, runMs: 3, reason: "idle" }]);
});

test("Batcher joins what comes while the worker is busy, first come first", async () => {
  const { batcher, workers, sizes, finish } = bench();
  const first = batcher.call(rows(0));
  await settled();
  const others = range(5).map((value) => batcher.call(rows(value + 1)));
  await settled();
  assert.deepEqual(sizes(), [1]);
  await finish(10);
  assert.deepEqual(sizes(), [1, 5]);
  assert.deepEqual(numbers(workers.inputs[1]), [1, 2, 3, 4, 5]);
  await finish(10);
  assert.deepEqual((await Promise.all([first, ...others])).map(numbers), [
    [0],
    [2],
    [4],
    [6],
    [8],
    [10],
  ]);
});

test("Batcher joins calls that are made together", async () => {
  const { batcher, sizes } = bench();
  for (const value of range(3)) void batcher.call(rows(value));
  await settled();
  assert.deepEqual(sizes(), [3]);
});

test("Batcher fills batches up to the limit, and keeps the order", async () => {
  const { batcher, workers, sizes, finish } = bench({ maxBatchSize: 4 });
  for (const value of range(10)) void batcher.call(rows(value));
  await settled();
  for (const _ of range(3)) await finish();
  assert.deepEqual(sizes(), [4, 4, 2]);
  assert.deepEqual(workers.inputs.flatMap(numbers), range(10));
});

test("Batcher gives a batch to each idle worker", async () => {
  const { batcher, sizes } = bench({ maxBatchSize: 2 }, 3);
  for (const value of range(7)) void batcher.call(rows(value));
  await settled();
  assert.deepEqual(sizes(), [2, 2, 2]);
});

test("Batcher splits a call of 1,000 rows over batches of 50, and joins its answer", async () => {
  const { batcher, sizes, finish } = bench({ maxBatchSize: 50 });
  const call = batcher.call(rows(...range(1_000)));
  await settled();
  for (const _ of range(20)) await finish();
  assert.deepEqual(sizes(), new Array(20).fill(50));
  assert.deepEqual(
    numbers(await call),
    range(1_000).map((value) => 2 * value),
  );
});

test("Batcher joins the rest of a split call with others", async () => {
  const { batcher, sizes, finish } = bench({ maxBatchSize: 4 });
  const split = batcher.call(rows(...range(6)));
  const other = batcher.call(rows(9));
  await settled();
  await finish();
  await finish();
  assert.deepEqual(sizes(), [4, 3]);
  assert.deepEqual(numbers(await split), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(numbers(await other), [18]);
});

test("Batcher never joins rows of another shape, dtype or name", async () => {
  const { batcher, workers, finish } = bench();
  const one = tensor("float32", [1, 1]);
  const inputs = [
    one,
    tensor("float32", [1, 2]),
    tensor("int32", [1, 1]),
    { a: one },
    { b: one },
    { a: one, b: one },
    { b: one, a: one },
    ["text"],
    [1],
    one,
  ];
  for (const input of inputs) batcher.call(input).catch(() => {});
  await settled();
  for (const _ of range(20)) await finish(0, (input) => input);
  assert.deepEqual(workers.inputs, [
    tensor("float32", [2, 1]),
    tensor("float32", [1, 2]),
    tensor("int32", [1, 1]),
    { a: one },
    { b: one },
    { a: tensor("float32", [2, 1]), b: tensor("float32", [2, 1]) },
    ["text", 1],
  ]);
});

test("Batcher cuts records and arrays apart again", async () => {
  const { batcher, finish } = bench();
  const records = [rows(1), rows(2, 3)].map((x) => batcher.call({ x }));
  const lists = [["a"], ["b", "c"]].map((list) => batcher.call(list));
  await settled();
  await finish(0, (input) => ({ y: (input as { x: unknown }).x }));
  await finish(0, (input) => (input as string[]).map((text) => text.toUpperCase()));
  const found = (await Promise.all(records)).map((record) => numbers((record as { y: unknown }).y));
  assert.deepEqual(found, [[1], [2, 3]]);
  assert.deepEqual(await Promise.all(lists), [["A"], ["B", "C"]]);
});

test("Batcher joins and cuts along other axes", async () => {
  const { batcher, workers, finish } = bench({ batchAxis: [1, 0] });
  const column = (...data: number[]) => tensor("float32", [2, 1], Float32Array.from(data));
  const calls = [batcher.call(column(1, 2)), batcher.call(column(3, 4))];
  await settled();
  assert.deepEqual(workers.inputs, [tensor("float32", [2, 2], Float32Array.of(1, 3, 2, 4))]);
  await finish(0, () => rows(10, 20));
  assert.deepEqual((await Promise.all(calls)).map(numbers), [[10], [20]]);
});

test("Batcher refuses what does not batch", async () => {
  const { batcher } = bench();
  await assert.rejects(batcher.call(5), { name: "TypeError", message: /takes a tensor, a record/ });
  await assert.rejects(batcher.call(tensor("float32", [])), { code: "invalid_argument" });
  const uneven = { a: rows(1), b: rows(1, 2) };
  await assert.rejects(batcher.call(uneven), {
    code: "invalid_argument",
    message: 'All tensors of a call must have as many rows, but "a" has 1 and "b" has 2',
  });
});

test("Batcher fails a batch whose method answers other rows than it was given", async () => {
  const { batcher, finish } = bench();
  const call = assert.rejects(batcher.call(rows(1, 2)), {
    message: /was given 2, but answered 1$/,
  });
  await settled();
  await finish(0, () => rows(1));
  await call;
});

test("Batcher takes a call that leaves out of the queue, at no cost", async () => {
  const { batcher, workers, finish } = bench();
  void batcher.call(rows(0));
  await settled();
  const caller = new AbortController();
  const gone = assert.rejects(batcher.call(rows(1), caller.signal), { message: "gone" });
  const stays = batcher.call(rows(2));
  await settled();
  caller.abort(new Error("gone"));
  await gone;
  await finish();
  await finish();
  assert.deepEqual(workers.inputs.map(numbers), [[0], [2]]);
  assert.deepEqual(numbers(await stays), [4]);
});

test("Batcher answers a caller that leaves a running batch at once, and the others later", async () => {
  const { batcher, finish } = bench();
  const caller = new AbortController();
  const gone = assert.rejects(batcher.call(rows(1), caller.signal), { message: "gone" });
  const stays = batcher.call(rows(2));
  await settled();
  caller.abort(new Error("gone"));
  await gone;
  await finish();
  assert.deepEqual(numbers(await stays), [4]);
});

test("Batcher takes all parts of a split call back", async () => {
  const { batcher, sizes, finish } = bench({ maxBatchSize: 2 });
  const caller = new AbortController();
  const gone = assert.rejects(batcher.call(rows(...range(10)), caller.signal), { message: "gone" });
  await settled();
  caller.abort(new Error("gone"));
  await gone;
  await finish();
  assert.deepEqual(sizes(), [2]);
  assert.equal(batcher.stats().queuedRows, 0);
});

test("Batcher refuses at once what the queue cannot hold", async () => {
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

test("Batcher refuses at once what it has learned cannot be in time", async () => {
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

test("Batcher refuses a call whose deadline passes while it waits, before it is computed", async () => {
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

test("Batcher keeps to the deadline that comes with a signal", async () => {
  const { batcher, workers, finish } = bench();
  for (const value of range(4)) {
    void batcher.call(rows(value));
    await settled();
    await finish(30);
  }
  const { signal } = new AbortController();
  setCallScope(signal, { deadlineAt: 120 + 29 });
  await assert.rejects(batcher.call(rows(1), signal), { code: "unavailable" });
  assert.equal(workers.running.length, 0);
});

test("Batcher closes a window on the clock alone", async () => {
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
  assert.deepEqual(records, [{ rows: 2, requests: 2, waitMs: 10, runMs: 1, reason: "window" }]);
});

test("Batcher sends each call by itself when batching is off", async () => {
  const { batcher, sizes } = bench({ strategy: off() }, 3);
  for (const value of range(3)) void batcher.call(rows(value));
  await settled();
  assert.deepEqual(sizes(), [1, 1, 1]);
});

test("Batcher finds the calls that fail by themselves, in bounded work", async () => {
  for (const bad of [[0], [13], [0, 31], [5, 6, 7]]) {
    const { batcher, workers } = bench();
    const calls = range(32).map((value) => batcher.call(rows(value)));
    const outcomes = Promise.allSettled(calls);
    await settled();
    for (let run = workers.running[0]; run !== undefined; run = workers.running[0]) {
      const poisoned = numbers(run.input).some((value) => bad.includes(value));
      if (poisoned) run.reject(new Error("poison"));
      else run.resolve(double(run.input));
      await settled();
    }
    const failed = (await outcomes).flatMap(({ status }, at) =>
      status === "rejected" ? [at] : [],
    );
    assert.deepEqual(failed, bad);
    assert.ok(workers.inputs.length <= 25, `${workers.inputs.length} runs`);
  }
});

test("Batcher gives up on a batch that fails throughout, in bounded work", async () => {
  const { batcher, workers } = bench();
  const outcomes = Promise.allSettled(range(64).map((value) => batcher.call(rows(value))));
  await settled();
  for (let run = workers.running[0]; run !== undefined; run = workers.running[0]) {
    run.reject(new Error("poison"));
    await settled();
  }
  assert.ok((await outcomes).every(({ status }) => status === "rejected"));
  assert.ok(workers.inputs.length <= 29, `${workers.inputs.length} runs`);
});

test("Batcher does not run a batch again that the server itself failed", async () => {
  const { batcher, workers } = bench();
  const outcomes = Promise.allSettled(range(8).map((value) => batcher.call(rows(value))));
  await settled();
  workers.running[0]?.reject(new ServiceError("unavailable", "the worker is lost"));
  for (const outcome of await outcomes) assert.match(String(outcome.status), /rejected/);
  assert.equal(workers.inputs.length, 1);
});

test("Batcher tells a caller that wants to know of its batch", async () => {
  const { batcher, clock, finish } = bench();
  void batcher.call(rows(0));
  await settled();
  const told: CallRecord[] = [];
  const { signal } = new AbortController();
  setCallScope(signal, { record: (record) => told.push(record) });
  const calls = [batcher.call(rows(1), signal), batcher.call(rows(2, 3))];
  clock.advance(5);
  await finish();
  await finish(7);
  await Promise.all(calls);
  const batch = { batchRows: 3, batchRequests: 2, waitMs: 5, runMs: 7, reason: "idle" };
  assert.deepEqual(told, [{ runner: "fake", method: "double", ...batch }]);
});

test("Batcher refuses what waits when it is closed, and leaves no timer", async () => {
  const { batcher, clock, finish } = bench({ strategy: fixedWindow({ waitMs: 10 }) });
  const call = batcher.call(rows(1));
  await settled();
  assert.equal(clock.pending, 1);
  batcher.close(new ServiceError("unavailable", "closing"));
  await assert.rejects(call, { message: "closing" });
  assert.equal(clock.pending, 0);
  await finish();
});
