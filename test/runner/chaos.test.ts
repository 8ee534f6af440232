/**
 * A runner whose workers do everything that workers must not: each call ends once, as it may, and
 * nothing is left. `CHAOS_CALLS` makes a longer run, `SEED` makes the same calls again.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Clock, systemClock } from "../../src/clock.ts";
import { host as nodeHost } from "../../src/host/server.ts";
import type { CallOptions } from "../../src/runner/call-options.ts";
import { runner } from "../../src/runner/runner.ts";
import { SEED } from "../support/random.ts";
import { until } from "../support/until.ts";
import { Ledger, type LedgerOptions } from "./chaos-ledger.ts";
import { itemsOf, makePlans, type Plan, tensorOf } from "./chaos-plan.ts";
import chaotic, { type Item, type Mood } from "./fixtures/chaotic.ts";

const CALLS = Number(process.env["CHAOS_CALLS"] ?? 8_000);
/** Calls at a time: more than fit the batches of all workers, so that there is a queue. */
const CALLERS = 96;
const WORKERS = 3;
const MAX_BATCH = 16;
const MAX_ROWS = 3 * MAX_BATCH;
/** What a second round may add to the heap. What is kept of each call would be far more. */
const MAX_GROWTH_BYTES = 10 * 2 ** 20;

/** More than the few seconds that Bun gives a test by itself. */
const limits = { timeout: 600_000 };
/** Calls that have not ended by then never will, on however busy a machine. */
const LATE_MS = 200_000;

/** The real clock, its timers counted. */
class CountingClock implements Clock {
  pending = 0;
  readonly now = systemClock.now;

  after(ms: number, callback: () => void): () => void {
    let due = true;
    const over = (): void => {
      if (due) this.pending -= 1;
      due = false;
    };
    this.pending += 1;
    const cancel = systemClock.after(ms, () => {
      over();
      callback();
    });
    return () => {
      over();
      cancel();
    };
  }
}

async function chaos(size: number, callTimeoutMs = 500, options: LedgerOptions = {}) {
  const shared = () => new Int32Array(new SharedArrayBuffer(4 * size));
  const params = { started: shared(), struck: shared() };
  const clock = new CountingClock();
  const calls = runner(chaotic, {
    name: "chaos",
    workers: WORKERS,
    callTimeoutMs,
    batch: { maxBatchSize: MAX_BATCH },
    params,
  });
  await calls.start({ ...nodeHost, clock });
  return {
    calls,
    clock,
    started: params.started,
    ledger: new Ledger(size, options),
    [Symbol.asyncDispose]: () => calls.close(),
  };
}

type Chaos = Awaited<ReturnType<typeof chaos>>;

/** Makes a call as planned, and enters how it ended. */
async function make(plan: Plan, { calls, ledger }: Chaos): Promise<void> {
  const { leave, leaveMs } = plan;
  const controller = new AbortController();
  const { signal } = controller;
  const abort = (): void => controller.abort(new Error(`The caller of ${plan.id} has gone`));
  /** Whether `step` put all of the call in the queue, or took all of it out: then none was run. */
  const allQueued = (step: () => void): boolean => {
    const before = waiting(calls, plan);
    step();
    return Math.abs(waiting(calls, plan) - before) === plan.rows;
  };
  const abortLater = (): void => {
    if (allQueued(abort)) ledger.uncomputed.add(plan);
  };
  if (leave === "before") abort();
  const deadlineAt = leave === "deadline" ? systemClock.now() + leaveMs : undefined;
  let call: Promise<unknown> | undefined;
  const queued = allQueued(() => {
    call = start(plan, calls, { signal, deadlineAt });
  });
  if (leave === "before" || (leave === "atOnce" && queued)) ledger.uncomputed.add(plan);
  if (leave === "atOnce") abort();
  const timed = leave === "later" || leave === "deadline";
  const cancel = timed ? systemClock.after(leaveMs, abortLater) : undefined;
  await call?.then(
    (value) => ledger.end(plan, { status: "fulfilled", value }, signal),
    (reason) => ledger.end(plan, { status: "rejected", reason }, signal),
  );
  cancel?.();
}

/** How many rows wait where this call would; calls, of a method that is not batched. */
function waiting(calls: Chaos["calls"], { method, batched }: Plan): number {
  const { queued, batchers } = calls.stats();
  return batched ? (batchers[method]?.queuedRows ?? 0) : queued;
}

function start(plan: Plan, calls: Chaos["calls"], options: CallOptions): Promise<unknown> {
  switch (plan.method) {
    case "tensor":
      return calls.tensor(tensorOf(plan), options);
    case "list":
      return calls.list(itemsOf(plan), options);
    default:
      return calls[plan.method](itemsOf(plan)[0] as Item, options);
  }
}

/** Makes the calls, so many at a time. Returns when all have ended, or should have by far. */
async function makeAll(plans: readonly Plan[], fixture: Chaos): Promise<void> {
  const rest = plans.values();
  const caller = async (): Promise<void> => {
    for (const plan of rest) await make(plan, fixture);
  };
  const late = Promise.withResolvers<void>();
  const cancel = systemClock.after(LATE_MS, late.resolve);
  await Promise.race([Promise.all(Array.from({ length: CALLERS }, caller)), late.promise]);
  cancel();
}

/** Waits for a bounded time, without an error: the condition is asserted later. */
async function untilLate(condition: () => boolean): Promise<void> {
  const giveUpAt = systemClock.now() + 60_000;
  await until(() => condition() || systemClock.now() > giveUpAt);
}

/** The bytes in use after a collection; `undefined` where none can be asked for. */
function heapUsed(): number | undefined {
  try {
    setFlagsFromString("--expose-gc");
    const { Bun } = globalThis as { readonly Bun?: { gc(force: boolean): void } };
    const collect = Bun === undefined ? (runInNewContext("gc") as () => void) : () => Bun.gc(true);
    for (let time = 0; time < 3; time++) collect();
    return process.memoryUsage().heapUsed;
  } catch {
    return undefined;
  }
}

test(
  "runner() settles each call once and correctly, whatever its workers do",
  limits,
  async (t) => {
    await using fixture = await chaos(CALLS);
    const { calls, clock, ledger, started } = fixture;
    const message = `SEED=${SEED} CHAOS_CALLS=${CALLS}`;
    const beganAt = systemClock.now();
    const heap: (number | undefined)[] = [];
    for (const [begin, end] of [
      [0, CALLS / 2],
      [CALLS / 2, CALLS],
    ] as const) {
      const plans = makePlans(SEED + begin, [begin, end], MAX_ROWS);
      await makeAll(plans, fixture);
      ledger.check(plans, started, message);
      await untilLate(() => {
        const { ready, lostThreads } = calls.stats();
        return ready === WORKERS && lostThreads === 0 && clock.pending === 0;
      });
      heap.push(heapUsed());
    }
    const { outcomes } = ledger;
    const { ready, running, queued, restarts, lostThreads, batchers } = calls.stats();
    const seconds = Math.round((systemClock.now() - beganAt) / 1_000);
    t.diagnostic(`${message} ${JSON.stringify({ ...outcomes, restarts, seconds, heap })}`);

    assert.deepEqual([ready, running, queued, lostThreads], [WORKERS, 0, 0, 0], message);
    for (const { queuedRows, queuedCalls, inFlight } of Object.values(batchers)) {
      assert.deepEqual([queuedRows, queuedCalls, inFlight], [0, 0, 0], message);
    }
    assert.equal(clock.pending, 0, message);
    await calls.close();
    assert.equal(clock.pending, 0, message);
    // Else the run says little: all that may happen has happened, and most calls went well.
    assert.ok(!Object.values(outcomes).includes(0), `${JSON.stringify(outcomes)} ${message}`);
    assert.ok(outcomes.answered > 0.6 * CALLS, `${JSON.stringify(outcomes)} ${message}`);
    const [first, second] = heap;
    if (first !== undefined && second !== undefined) {
      assert.ok(second < first + MAX_GROWTH_BYTES, `heap: ${first}, then ${second}: ${message}`);
    }
  },
);

test("runner() settles each call once when it is closed during calls", limits, async () => {
  const size = 4_000;
  const message = `SEED=${SEED}`;
  await using fixture = await chaos(size);
  const { calls, clock, ledger, started } = fixture;
  const plans = makePlans(SEED, [0, size], MAX_ROWS);
  const all = makeAll(plans, fixture);
  await untilLate(() => ledger.outcomes.answered > size / 4);
  await calls.close();
  await all;
  ledger.check(plans, started, message);
  assert.ok(ledger.outcomes.unavailable > size / 4, message);
  assert.equal(clock.pending, 0, message);
});

test("runner() settles each call once while hanging calls are quarantined", limits, async (t) => {
  const size = 600;
  const message = `SEED=${SEED}`;
  const callTimeoutMs = 3_000; // longer than a batch may take before it is suspected
  await using fixture = await chaos(size, callTimeoutMs);
  const { calls, clock, ledger, started } = fixture;
  const storms = [["never", "answer"], ["never", "exit", "throw", "slow"], ["never"]] as const;
  const plans = makePlans(SEED, [0, size], MAX_ROWS, { stormEvery: 400, storms });
  await makeAll(plans, fixture);
  ledger.check(plans, started, message);
  await untilLate(() => calls.stats().ready === WORKERS && clock.pending === 0);
  t.diagnostic(`${message} ${JSON.stringify({ ...ledger.outcomes, ...calls.stats() })}`);
  const { ready, running, queued } = calls.stats();
  assert.deepEqual({ ready, running, queued }, { ready: WORKERS, running: 0, queued: 0 }, message);
  assert.equal(clock.pending, 0, message);
  assert.ok(ledger.outcomes.answered > size / 2, message);
});

test("runner() settles each call once while calls are inside native code", limits, async (t) => {
  const size = 600;
  const message = `SEED=${SEED}`;
  await using fixture = await chaos(size, 250, { isSlow: true });
  const { calls, clock, ledger, started } = fixture;
  // About two such calls a storm: each takes half a second, and so may its second run.
  const answers = new Array<Mood>(8).fill("answer");
  const storms = [["native", "native", ...answers]] as const;
  const plans = makePlans(SEED, [0, size], MAX_ROWS, { stormEvery: 300, storms });
  await makeAll(plans, fixture);
  ledger.check(plans, started, message);
  await untilLate(() => {
    const { ready, lostThreads } = calls.stats();
    return ready === WORKERS && lostThreads === 0 && clock.pending === 0;
  });
  t.diagnostic(`${message} ${JSON.stringify({ ...ledger.outcomes, ...calls.stats() })}`);
  const { ready, running, queued, lostThreads } = calls.stats();
  assert.deepEqual([ready, running, queued, lostThreads], [WORKERS, 0, 0, 0], message);
  assert.ok(ledger.outcomes.answered > size / 2, message);
});
