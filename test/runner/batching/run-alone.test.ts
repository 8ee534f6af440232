import assert from "node:assert/strict";
import { test } from "node:test";
import { unbatchedSettings } from "../../../src/runner/batching/batch-options.ts";
import { runAlone } from "../../../src/runner/batching/run-alone.ts";
import { Underway } from "../../../src/runner/batching/underway.ts";
import { HangLimit } from "../../../src/runner/latency/hang-limit.ts";
import { LatencyModel } from "../../../src/runner/latency/latency-model.ts";
import { cancelerOf } from "../../../src/runner/pool/abort-listeners.ts";
import { QueuedCall } from "../../../src/runner/queue/queued-call.ts";
import type { FakeClock } from "../../support/fake-clock.ts";
import { FakeWorkers, type Run, settled } from "../fake-workers.ts";

interface Outcome {
  /** The answer, or the message of the error. */
  answer: unknown;
  /** The waits that were reported, and the milliseconds beyond those that were expected. */
  readonly waited: number[];
  readonly used: number[];
  readonly unanswered: number[];
  /** The durations that were learned. */
  readonly learned: number[];
  readonly run: Run;
  readonly caller: AbortController;
}

/** Runs a call that arrived at 0, at 7 ms, of a method that is expected to take 5 ms. */
async function made(
  prepare?: (workers: FakeWorkers) => void,
): Promise<Outcome & { clock: FakeClock }> {
  const workers = new FakeWorkers(1);
  prepare?.(workers);
  const { clock } = workers;
  const latency = new LatencyModel();
  const learned: number[] = [];
  latency.add = (_, ms) => void learned.push(ms);
  const caller = new AbortController();
  const call = new QueuedCall({
    ...{ input: "argument", rows: 1, weight: 1, key: "", caller: undefined, lane: "interactive" },
    ...{ order: 0, whole: true, enqueuedAt: 0, deadlineAt: 99, axisOut: 0 },
    canceler: cancelerOf(caller.signal),
    unjoinable: () => {},
  });
  const [waited, used, unanswered]: [number[], number[], number[]] = [[], [], []];
  clock.advance(7);
  void runAlone(call, {
    ...{ runner: "fake", method: "plain", settings: unbatchedSettings(), idempotent: true },
    ...{ workers, clock, latency, hangLimit: new HangLimit(latency), running: new Underway() },
    events: {
      waited: (_, ms) => void waited.push(ms),
      unanswered: (_, rows) => void unanswered.push(rows),
    },
    expectedMs: 5,
    used: (ms) => void used.push(ms),
  });
  const [run] = workers.running as [Run];
  const outcome = { answer: "none", waited, used, unanswered, learned, run, caller, clock };
  call.pending.promise.then(
    (answer) => Object.assign(outcome, { answer }),
    (error) => Object.assign(outcome, { answer: error.message }),
  );
  return outcome;
}

const CASES: readonly {
  readonly what: string;
  readonly act: (outcome: Outcome & { clock: FakeClock }) => void;
  readonly answer: unknown;
  readonly waited?: readonly number[];
  readonly used: readonly number[];
  readonly unanswered?: readonly number[];
  readonly learned: readonly number[];
}[] = [
  {
    what: "answers a call, learns from it, and reports what it took beyond what was expected",
    act: ({ clock, run }) => {
      clock.advance(8);
      run.resolve("answer");
    },
    answer: "answer",
    used: [8 - 5],
    learned: [8],
  },
  {
    what: "gives back what a short call did not take",
    act: ({ clock, run }) => {
      clock.advance(2);
      run.resolve("answer");
    },
    answer: "answer",
    used: [2 - 5],
    learned: [2],
  },
  {
    what: "reports no more than 100 ms of a call that was as late as after a pause",
    act: ({ clock, run }) => {
      clock.advance(3_000);
      run.resolve("answer");
    },
    answer: "answer",
    used: [100],
    learned: [3_000],
  },
  {
    what: "reports all that a call took that was as late and failed",
    act: ({ clock, run }) => {
      clock.advance(3_000);
      run.reject(new Error("no answer"));
    },
    answer: "no answer",
    used: [3_000 - 5],
    learned: [],
  },
  {
    what: "fails a call with its error, and learns nothing",
    act: ({ clock, run }) => {
      clock.advance(8);
      run.reject(new Error("no answer"));
    },
    answer: "no answer",
    used: [8 - 5],
    learned: [],
  },
  {
    what: "reports all runs of a call whose worker was lost, but its wait once",
    act: ({ clock, run }) => {
      clock.advance(4);
      run.options.onEnd?.(4, false); // lost
      clock.advance(10);
      run.start(); // on another worker
      clock.advance(6);
      run.options.onEnd?.(6, true);
      run.resolve("answer");
    },
    answer: "answer",
    // The end that FakeWorkers reports is the third; it began with the first.
    used: [4 - 5, 6, 20],
    learned: [6],
  },
  {
    what: "counts the row of a caller that has left meanwhile",
    act: ({ clock, run, caller }) => {
      clock.advance(3);
      caller.abort(new Error("gone"));
      clock.advance(5);
      run.resolve("answer");
    },
    answer: "gone",
    used: [8 - 5],
    unanswered: [1],
    learned: [8],
  },
  {
    what: "counts no row of a caller that has left and whose call has failed",
    act: ({ run, caller }) => {
      caller.abort(new Error("gone"));
      run.reject(new Error("no answer"));
    },
    answer: "gone",
    used: [0 - 5],
    learned: [],
  },
];
for (const { what, act, answer, waited = [7], used, unanswered = [], learned } of CASES) {
  test(`runAlone() ${what}`, async () => {
    const outcome = await made();
    act(outcome);
    await settled();
    const found = {
      answer: outcome.answer,
      waited: outcome.waited,
      used: outcome.used,
      unanswered: outcome.unanswered,
      learned: outcome.learned,
    };
    assert.deepEqual(found, { answer, waited, used, unanswered, learned });
  });
}

test("runAlone() gives the argument as it is, and never sends it ahead", async () => {
  const { run, caller } = await made();
  assert.equal(run.input, "argument");
  const { deadlineAt, expectedMs, mayGoAhead, isWanted } = run.options;
  assert.deepEqual([deadlineAt, expectedMs, mayGoAhead, isWanted?.()], [99, 5, false, true]);
  caller.abort(new Error("gone"));
  assert.equal(isWanted?.(), false);
});
