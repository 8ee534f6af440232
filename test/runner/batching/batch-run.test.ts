import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "../../../src/error.ts";
import type { CallRecord } from "../../../src/runner/call-options.ts";
import { RunnerError, WorkerLostError } from "../../../src/runner/runner-error.ts";
import { bench, double, numbers, type Run, rows, settled } from "../fake-workers.ts";
import { callAll, ends, exit, range, runAll } from "../poisoned-batch.ts";

const isBad = (value: number, bad: readonly number[]): boolean => bad.includes(value);
const hang = () => new WorkerLostError("deadline_exceeded", "hung");

/** Which calls of how many are bad. */
const POISON: readonly (readonly [count: number, bad: readonly number[]])[] = [
  [1, [0]],
  [2, [1]],
  [5, [0, 4]],
  [32, [0]],
  [32, [13]],
  [32, [0, 31]],
  [32, [5, 6, 7]],
  [50, [49]],
  [48, range(48).filter((value) => value % 2 === 0)],
  [48, range(48).filter((value) => value % 8 === 0)],
  [64, range(64)],
];

for (const [count, bad] of POISON) {
  const wanted = range(count).map((value) =>
    isBad(value, bad) ? `Cannot read ${value}` : 2 * value,
  );
  test(`BatchRun answers each of ${count} calls but ${bad}, which throw`, async () => {
    const fixture = bench();
    const outcomes = callAll(fixture, count);
    await runAll(fixture, (run, values) => {
      const first = values.find((value) => isBad(value, bad));
      if (first === undefined) return run.resolve(double(run.input));
      run.reject(new ServiceError("failed_precondition", `Cannot read ${first}`));
    });
    assert.deepEqual(ends(await outcomes), wanted);
    const runs = fixture.workers.inputs.length;
    assert.ok(runs <= 2 * count + 1, `${runs} runs`);
    if (bad.length === 1) assert.ok(runs <= 3 * Math.sqrt(count) + 1, `${runs} runs`);
  });

  test(`BatchRun answers each of ${count} calls but ${bad}, which end the worker`, async () => {
    const fixture = bench();
    const outcomes = callAll(fixture, count);
    let isFresh = true;
    let losses = 0;
    await runAll(fixture, (run, values) => {
      const isLost = values.some((value) => isBad(value, bad));
      if (isLost) run.reject(exit(isFresh));
      else run.resolve(double(run.input));
      isFresh = isLost;
      losses += Number(isLost);
    });
    const lost = /^Runner "fake" lost [23] workers while they ran "double"$/;
    assert.deepEqual(
      ends(await outcomes).map((end) => (lost.test(String(end)) ? "lost" : end)),
      wanted.map((end) => (typeof end === "number" ? end : "lost")),
    );
    assert.ok(losses <= 1 + 2 * bad.length, `${losses} losses`);
  });

  test(`BatchRun answers each of ${count} calls but ${bad}, which hang`, async () => {
    const fixture = bench();
    const outcomes = callAll(fixture, count);
    const quarantined: Run[] = [];
    await runAll(fixture, (run, values) => {
      if (!values.some((value) => isBad(value, bad))) return run.resolve(double(run.input));
      quarantined.push(run);
      run.suspect();
    });
    assert.deepEqual(fixture.batcher.stats().inFlight, 0);
    for (const run of quarantined) run.reject(hang());
    assert.deepEqual(
      ends(await outcomes),
      wanted.map((end) => (typeof end === "number" ? end : "hung")),
    );
    assert.equal(quarantined.length, count === 1 ? 1 : 1 + bad.length);
  });
}

test("BatchRun answers calls that fail together, but not alone", async () => {
  const fixture = bench();
  const outcomes = callAll(fixture, 30);
  await runAll(fixture, (run, values) => {
    if (values.includes(3) && values.includes(27)) run.reject(new Error("3 and 27"));
    else run.resolve(double(run.input));
  });
  assert.deepEqual(
    ends(await outcomes),
    range(30).map((value) => 2 * value),
  );
});

test("BatchRun answers calls whose method leaves out rows of others", async () => {
  const fixture = bench();
  const outcomes = callAll(fixture, 6);
  await runAll(fixture, (run, values) => {
    run.resolve(rows(...values.filter((value) => value !== 2).map((value) => 2 * value)));
  });
  const short =
    "A batched method must answer as many rows as it is given: it was given 1, but answered 0";
  assert.deepEqual(ends(await outcomes), [0, 2, short, 6, 8, 10]);
});

for (const reason of ["a text", null, undefined, { code: 5 }, Symbol("odd")]) {
  test(`BatchRun takes ${String(reason)} for the error of a call`, async () => {
    const fixture = bench();
    const outcomes = callAll(fixture, 3);
    await runAll(fixture, (run, values) => {
      if (values.includes(1)) run.reject(reason);
      else run.resolve(double(run.input));
    });
    const [first, second, third] = await outcomes;
    assert.deepEqual([first?.status, third?.status], ["fulfilled", "fulfilled"]);
    assert.deepEqual(second, { status: "rejected", reason });
  });
}

test("BatchRun fails a call of several rows by its own error, and no other", async () => {
  const fixture = bench();
  const outcomes = Promise.allSettled(
    [rows(0, 1), rows(2, 3, 4), rows(5)].map((each) => fixture.batcher.call(each)),
  );
  await runAll(fixture, (run, values) => {
    if (values.includes(3)) run.reject(new Error(`among ${values}`));
    else run.resolve(double(run.input));
  });
  assert.deepEqual(ends(await outcomes), [0, "among 2,3,4", 10]);
});

test("BatchRun does not run calls again that have been canceled", async () => {
  const fixture = bench();
  const { batcher, workers } = fixture;
  const gone = new AbortController();
  const outcomes = Promise.allSettled(
    range(4).map((value) => batcher.call(rows(value), value < 2 ? { signal: gone.signal } : {})),
  );
  await settled();
  gone.abort(new Error("gone"));
  await runAll(fixture, (run, values) => {
    if (values.length > 1) run.reject(new Error("poison"));
    else run.resolve(double(run.input));
  });
  assert.deepEqual(workers.inputs.map(numbers), [range(4), [2], [3]]);
  assert.deepEqual(ends(await outcomes), ["gone", "gone", 4, 6]);
});

test("BatchRun does not run a batch again that the runner itself has refused", async () => {
  const fixture = bench();
  const outcomes = callAll(fixture, 8);
  await settled();
  fixture.workers.running[0]?.reject(new RunnerError("unavailable", "shutting down"));
  assert.deepEqual(ends(await outcomes), new Array(8).fill("shutting down"));
  assert.equal(fixture.workers.inputs.length, 1);
});

test("BatchRun isolates a call whose method throws `unavailable`", async () => {
  const fixture = bench();
  const outcomes = callAll(fixture, 4);
  await runAll(fixture, (run, values) => {
    if (values.includes(2)) run.reject(new ServiceError("unavailable", "my own"));
    else run.resolve(double(run.input));
  });
  assert.deepEqual(ends(await outcomes), [0, 2, "my own", 6]);
});

test("BatchRun records its batch for every call once, and counts it once", async () => {
  const isolated: string[] = [];
  const fixture = bench();
  const { batcher } = bench({}, 1, {
    workers: fixture.workers,
    events: { isolated: (method) => isolated.push(method) },
  });
  const records: CallRecord[] = [];
  const options = { onCall: (call: CallRecord) => void records.push(call) };
  const outcomes = Promise.allSettled(range(6).map((value) => batcher.call(rows(value), options)));
  await runAll(fixture, (run, values) => {
    if (values.includes(2)) run.reject(new Error("poison"));
    else run.resolve(double(run.input));
  });
  await outcomes;
  assert.deepEqual(
    records.map(({ batchRows, batchRequests, reason }) => [batchRows, batchRequests, reason]),
    new Array(6).fill([6, 6, "idle"]),
  );
  assert.deepEqual(isolated, ["double"]);
});

for (const [why, end] of [
  ["was taken back", "canceled"],
  ["no worker is left for", "unavailable"],
] as const) {
  test(`BatchRun does not count a batch that ${why} before it ran`, async () => {
    const waits: number[] = [];
    const records: unknown[] = [];
    const told: CallRecord[] = [];
    const fixture = bench({ maxBatchSize: 2 }, 1, {
      events: {
        batchDone: (_, record) => void records.push(record),
        waited: (_, ms) => void waits.push(ms),
      },
    });
    const { batcher, workers, finish } = fixture;
    for (const _ of range(2)) batcher.learn(1, 4);
    for (const _ of range(4)) {
      const call = batcher.call(rows(1, 2)); // it learns how long they take
      await settled();
      await finish(4);
      await call;
    }
    const first = batcher.call(rows(1, 2));
    workers.ahead = 1;
    const options = { onCall: (call: CallRecord) => void told.push(call) };
    const ahead = batcher.call(rows(3, 4), options);
    await settled();
    assert.equal(workers.running.length, 2);
    const refused = assert.rejects(ahead, { code: end });
    workers.running[1]?.reject(new RunnerError(end, "It did not run"));
    await refused;
    await finish(4);
    await first;
    assert.deepEqual([records.length, waits.length, told], [5, 5, []]);
  });
}

test("BatchRun fails a call whose onCall() throws, and no other", async () => {
  const fixture = bench();
  const { batcher, workers } = fixture;
  const onCall = (): never => {
    throw new Error("in onCall()");
  };
  const outcomes = Promise.allSettled([
    batcher.call(rows(1), { onCall }),
    batcher.call(rows(2)),
    batcher.call(rows(3)),
  ]);
  await runAll(fixture, (run) => run.resolve(double(run.input)));
  assert.deepEqual(ends(await outcomes), ["in onCall()", 4, 6]);
  assert.equal(workers.inputs.length, 1);
});
