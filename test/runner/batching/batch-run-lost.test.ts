import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "../../../src/error.ts";
import { WorkerLostError } from "../../../src/runner/runner-error.ts";
import { bench, double, numbers, type Run, rows, settled } from "../fake-workers.ts";
import { callAll, ends, exit, range, runAll } from "../poisoned-batch.ts";

const hang = () => new WorkerLostError("deadline_exceeded", "hung");

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
  assert.equal(fixture.workers.running[0]?.options.isWanted?.(), false);
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
  const quarantined: Run[] = [];
  await runAll(fixture, (run, values) => {
    if (!values.includes(2)) return run.resolve(double(run.input));
    quarantined.push(run);
    run.suspect();
  });
  fixture.clock.advance(30_000);
  const [together, alone] = quarantined;
  assert.equal(together?.options.suspicion?.endableAfterMs, 0);
  assert.ok((alone?.options.suspicion?.endableAfterMs ?? 0) >= 1_000);
  alone?.resolve(double(alone.input));
  assert.deepEqual(ends(await outcomes), [0, 2, 4, 6]);
  assert.equal(together?.options.isWanted?.(), false);
});

test("BatchRun fails calls whose time is over, without errors of others", async () => {
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

test("BatchRun runs no call twice that must not, and keeps errors of others from it", async () => {
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

test("BatchRun reserves the only worker until the calls of a lost batch are settled", async () => {
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

test("BatchRun leaves other workers to fresh calls beside a lost batch", async () => {
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
