import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallRecord, setCallScope } from "../../src/call-scope.ts";
import { ServiceError } from "../../src/error.ts";
import { lostWorkers, RunnerError, WorkerLostError } from "../../src/runner/runner-error.ts";
import { type Bench, bench, double, numbers, type Run, rows, settled } from "./fake-workers.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** What a run does to its batch. */
type Act = (run: Run, values: readonly number[]) => void;

/** Makes a call of each number. */
function callAll({ batcher }: Bench, count: number): Promise<PromiseSettledResult<unknown>[]> {
  return Promise.allSettled(range(count).map((value) => batcher.call(rows(value))));
}

/** Lets every run that there is act, until there is none. */
async function runAll({ workers }: Bench, act: Act): Promise<void> {
  await settled();
  for (let run = workers.running[0]; run !== undefined; run = workers.running[0]) {
    act(run, numbers(run.input));
    await settled();
  }
}

/** The answers, and the messages of errors. */
function ends(outcomes: readonly PromiseSettledResult<unknown>[]): (number | string)[] {
  return outcomes.map((each) =>
    each.status === "fulfilled"
      ? (numbers(each.value)[0] ?? Number.NaN)
      : (each.reason as Error).message,
  );
}

const isBad = (value: number, bad: readonly number[]): boolean => bad.includes(value);
const exit = (isFirst: boolean) => lostWorkers("fake", "double", 1, { cause: "its exit", isFirst });
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
    const aside: Run[] = [];
    await runAll(fixture, (run, values) => {
      if (!values.some((value) => isBad(value, bad))) return run.resolve(double(run.input));
      aside.push(run);
      run.suspect();
    });
    assert.deepEqual(fixture.batcher.stats().inFlight, 0);
    for (const run of aside) run.reject(hang());
    assert.deepEqual(
      ends(await outcomes),
      wanted.map((end) => (typeof end === "number" ? end : "hung")),
    );
    assert.equal(aside.length, count === 1 ? 1 : 1 + bad.length);
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

test("BatchRun answers a call whose worker was ended by the call before it", async () => {
  const fixture = bench();
  const outcomes = callAll(fixture, 6);
  let answeredLast: number | undefined;
  const struck = new Set<number>();
  // 2 is answered, and ends its worker a moment later: while the next call runs.
  await runAll(fixture, (run, values) => {
    const [only = 0] = values;
    const isStruck = values.length > 1 || (answeredLast === 2 && !struck.has(only));
    answeredLast = isStruck ? undefined : only;
    if (!isStruck) return run.resolve(double(run.input));
    struck.add(only);
    run.reject(exit(false));
  });
  assert.deepEqual(ends(await outcomes), [0, 2, 4, 6, 8, 10]);
});

test("BatchRun runs a lone call once more that ended a worker", async () => {
  const fixture = bench();
  const retried: string[] = [];
  const { batcher } = bench({}, 1, {
    workers: fixture.workers,
    events: { retried: (method) => retried.push(method) },
  });
  const call = batcher.call(rows(4));
  let runs = 0;
  await runAll(fixture, (run) => {
    runs += 1;
    if (runs === 1) run.reject(exit(true));
    else run.resolve(double(run.input));
  });
  assert.deepEqual(numbers(await call), [8]);
  assert.deepEqual(retried, ["double"]);
});

test("BatchRun answers all of a batch that was only slow, and runs no more of it", async () => {
  const fixture = bench();
  const outcomes = callAll(fixture, 8);
  await settled();
  const [slow] = fixture.workers.running;
  slow?.suspect();
  await settled();
  assert.deepEqual(numbers(fixture.workers.running[0]?.input), [0]);
  fixture.clock.advance(1_500);
  slow?.resolve(double(slow.input));
  await settled();
  assert.equal(fixture.workers.running[0]?.options.wanted?.(), false);
  fixture.workers.running[0]?.resolve(rows(0));
  assert.deepEqual(
    ends(await outcomes),
    range(8).map((value) => 2 * value),
  );
  await settled();
  assert.equal(fixture.workers.inputs.length, 2);
  assert.equal(fixture.batcher.stats().inFlight, 0);
});

test("BatchRun answers a call that is only slow, long after the others", async () => {
  const fixture = bench();
  const outcomes = callAll(fixture, 4);
  const aside: Run[] = [];
  await runAll(fixture, (run, values) => {
    if (!values.includes(2)) return run.resolve(double(run.input));
    aside.push(run);
    run.suspect();
  });
  fixture.clock.advance(30_000);
  const [together, alone] = aside;
  assert.equal(together?.options.suspicion?.endableAfterMs, 0);
  assert.ok((alone?.options.suspicion?.endableAfterMs ?? 0) >= 1_000);
  alone?.resolve(double(alone.input));
  assert.deepEqual(ends(await outcomes), [0, 2, 4, 6]);
  assert.equal(together?.options.wanted?.(), false);
});

test("BatchRun fails calls that could not be run alone in time, and shows them nothing", async () => {
  const fixture = bench({ maxLatencyMs: 1_000 });
  const outcomes = callAll(fixture, 4);
  await settled();
  fixture.clock.advance(1_001);
  fixture.workers.running[0]?.reject(new Error("Cannot read the secret of 2"));
  for (const outcome of await outcomes) {
    const { code, message } = (outcome as PromiseRejectedResult).reason as ServiceError;
    assert.equal(code, "unavailable");
    assert.match(message, /^Runner "fake" did not answer "double" in time: other calls in its/);
  }
  assert.equal(fixture.workers.inputs.length, 1);
});

test("BatchRun does not run calls again whose callers have gone", async () => {
  const fixture = bench();
  const { batcher, workers } = fixture;
  const gone = new AbortController();
  const outcomes = Promise.allSettled(
    range(4).map((value) => batcher.call(rows(value), value < 2 ? gone.signal : undefined)),
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

test("BatchRun runs no call twice that must not, and shows none another's error", async () => {
  for (const [error, code, words] of [
    [
      new ServiceError("not_found", "no 1"),
      "internal",
      /^Runner "fake" failed a batch of "double"/,
    ],
    [exit(true), "unavailable", /^Runner "fake" lost a worker while it ran "double"$/],
    [hang(), "deadline_exceeded", /^hung$/],
  ] as const) {
    const fixture = bench({}, 1, { idempotent: false });
    const outcomes = callAll(fixture, 3);
    await runAll(fixture, (run) => run.reject(error));
    for (const outcome of await outcomes) {
      const { reason } = outcome as PromiseRejectedResult;
      assert.equal((reason as ServiceError).code, code);
      assert.match((reason as ServiceError).message, words);
    }
    assert.equal(fixture.workers.inputs.length, 1);
    const alone = fixture.batcher.call(rows(1));
    await runAll(fixture, (run) => run.reject(error));
    await assert.rejects(alone, { message: error.message });
  }
});

test("BatchRun waits for a batch that may hang and must not run twice", async () => {
  const fixture = bench({}, 1, { idempotent: false });
  const outcomes = callAll(fixture, 3);
  await settled();
  const [slow] = fixture.workers.running;
  slow?.suspect();
  await settled();
  assert.equal(fixture.workers.inputs.length, 1);
  assert.equal(slow?.options.suspicion?.endableAfterMs, Number.POSITIVE_INFINITY);
  slow?.resolve(double(slow.input));
  assert.deepEqual(ends(await outcomes), [0, 2, 4]);
});

test("BatchRun does not run a batch again that the runner itself has refused", async () => {
  const fixture = bench();
  const outcomes = callAll(fixture, 8);
  await settled();
  fixture.workers.running[0]?.reject(new RunnerError("unavailable", "shutting down"));
  assert.deepEqual(ends(await outcomes), new Array(8).fill("shutting down"));
  assert.equal(fixture.workers.inputs.length, 1);
});

test("BatchRun isolates a call whose method says that it is unavailable", async () => {
  const fixture = bench();
  const outcomes = callAll(fixture, 4);
  await runAll(fixture, (run, values) => {
    if (values.includes(2)) run.reject(new ServiceError("unavailable", "my own"));
    else run.resolve(double(run.input));
  });
  assert.deepEqual(ends(await outcomes), [0, 2, "my own", 6]);
});

test("BatchRun keeps the only worker for calls of a lost batch, until they are settled", async () => {
  const fixture = bench({ maxBatchSize: 4 });
  const outcomes = callAll(fixture, 8);
  await runAll(fixture, (run, values) => {
    if (values.includes(1)) run.reject(exit(true));
    else run.resolve(double(run.input));
  });
  assert.deepEqual(fixture.workers.inputs.map(numbers), [
    ...[range(4), [0], [1], [2], [3]],
    [4, 5, 6, 7],
  ]);
  assert.deepEqual(ends(await outcomes).slice(4), [8, 10, 12, 14]);
});

test("BatchRun lets fresh calls go on beside those of a lost batch, with more workers", async () => {
  const fixture = bench({ maxBatchSize: 4 }, 2);
  const outcomes = callAll(fixture, 12);
  await settled();
  fixture.workers.running[0]?.reject(exit(true));
  await settled();
  fixture.workers.running[0]?.resolve(rows(4, 5, 6, 7));
  await settled();
  const running = fixture.workers.running.map(({ input }) => numbers(input));
  assert.deepEqual(running, [[0], [8, 9, 10, 11]]);
  await runAll(fixture, (run) => run.resolve(double(run.input)));
  assert.deepEqual(ends(await outcomes).slice(8), [16, 18, 20, 22]);
});

test("BatchRun tells every call of its batch once, and counts the batch once", async () => {
  const isolated: string[] = [];
  const fixture = bench();
  const { batcher } = bench({}, 1, {
    workers: fixture.workers,
    events: { isolated: (method) => isolated.push(method) },
  });
  const told: CallRecord[] = [];
  const { signal } = new AbortController();
  setCallScope(signal, { record: (record) => told.push(record) });
  const outcomes = Promise.allSettled(range(6).map((value) => batcher.call(rows(value), signal)));
  await runAll(fixture, (run, values) => {
    if (values.includes(2)) run.reject(new Error("poison"));
    else run.resolve(double(run.input));
  });
  await outcomes;
  assert.deepEqual(
    told.map(({ batchRows, batchRequests, reason }) => [batchRows, batchRequests, reason]),
    new Array(6).fill([6, 6, "idle"]),
  );
  assert.deepEqual(isolated, ["double"]);
});
