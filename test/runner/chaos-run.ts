/** A runner of the chaotic fixture over one executor, and the calls that are made of it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Clock, systemClock } from "../../src/clock.ts";
import type { ExecutorName } from "../../src/executor/executor.ts";
import { host as nodeHost } from "../../src/host/server.ts";
import type { CallOptions } from "../../src/runner/call-options.ts";
import { runner } from "../../src/runner/runner.ts";
import { until } from "../support/until.ts";
import { Ledger, type LedgerOptions } from "./chaos-ledger.ts";
import { itemsOf, type Plan, tensorOf } from "./chaos-plan.ts";
import chaotic, { type Item } from "./fixtures/chaotic.ts";
import { startedRows, workerProcesses } from "./fixtures/tally.ts";

/** The number of calls at a time: more than the batches of all workers hold, for a queue. */
const CALLERS = 96;
export const WORKERS = 3;
const MAX_BATCH = 16;
/** Less than a batch of heavy rows has. */
const MAX_WEIGHT = 5 * MAX_BATCH;
/** The most rows of a call: three batches. */
export const MAX_ROWS = 3 * MAX_BATCH;
/** More than all calls of a run take: none of this deadline may be refused for it. */
const AMPLE_MS = 600_000;
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

/** The options of a run. */
export interface ChaosOptions extends LedgerOptions {
  readonly isolation: ExecutorName;
  /** The number of calls. */
  readonly size: number;
  readonly callTimeoutMs?: number;
}

/** Starts a runner of the fixture. */
export async function chaos({ isolation, size, callTimeoutMs = 500, ...options }: ChaosOptions) {
  const folder = mkdtempSync(join(tmpdir(), "ekiben-chaos-"));
  const clock = new CountingClock();
  const calls = runner(chaotic, {
    name: "chaos",
    isolation,
    workers: WORKERS,
    callTimeoutMs,
    batch: { maxBatchSize: MAX_BATCH, maxBatchWeight: MAX_WEIGHT },
    params: { folder },
  });
  const ledger = new Ledger(size, options);
  await calls.start({ ...nodeHost, clock });
  return {
    calls,
    clock,
    ledger,
    /** Checks the ends of calls, and the rows that workers have started for them. */
    check(plans: readonly Plan[], message: string): void {
      ledger.check(plans, startedRows(folder, size), message);
    },
    /** Waits until all workers are back and no timer is left; checks that nothing else is. */
    async recovered(message: string): Promise<void> {
      await untilLate(() => {
        const { ready, running, lostThreads } = calls.stats();
        return ready === WORKERS && running + lostThreads + clock.pending === 0;
      });
      const { ready, running, queued, lostThreads, batchers } = calls.stats();
      assert.deepEqual(
        { ready, running, queued, lostThreads, timers: clock.pending },
        { ready: WORKERS, running: 0, queued: 0, lostThreads: 0, timers: 0 },
        message,
      );
      for (const { queuedRows, queuedCalls, inFlight } of Object.values(batchers)) {
        assert.deepEqual([queuedRows, queuedCalls, inFlight], [0, 0, 0], message);
      }
    },
    /** Closes the runner, and checks that it leaves no timer and no process behind. */
    async closed(message: string): Promise<void> {
      await calls.close();
      assert.equal(clock.pending, 0, message);
      await untilLate(() => !workerProcesses(folder).some(isAlive));
      assert.deepEqual(workerProcesses(folder).filter(isAlive), [], message);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await calls.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type Chaos = Awaited<ReturnType<typeof chaos>>;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Makes the calls, so many at a time. Returns when all have ended, or should have by far. */
export async function makeAll(plans: readonly Plan[], fixture: Chaos): Promise<void> {
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
export async function untilLate(condition: () => boolean): Promise<void> {
  const giveUpAt = systemClock.now() + 60_000;
  await until(() => condition() || systemClock.now() > giveUpAt);
}

/** Makes a call as planned, and enters how it ended. */
async function make(plan: Plan, { calls, ledger }: Chaos): Promise<void> {
  const { leave, leaveMs } = plan;
  const controller = new AbortController();
  const { signal } = controller;
  const abort = (): void => controller.abort(new Error(`The caller of ${plan.id} has gone`));
  /** Returns true if `step` put the whole call into the queue, or took it out: none of it ran. */
  const allQueued = (step: () => void): boolean => {
    const before = waiting(calls, plan);
    step();
    return Math.abs(waiting(calls, plan) - before) === plan.rows;
  };
  const abortLater = (): void => {
    if (allQueued(abort)) ledger.uncomputed.add(plan);
  };
  if (leave === "before") abort();
  const { lane, caller, answerMs } = plan;
  const leftMs = leave === "deadline" ? leaveMs : plan.hasTime ? AMPLE_MS : undefined;
  const deadlineAt = leftMs === undefined ? undefined : systemClock.now() + leftMs;
  let call: Promise<unknown> | undefined;
  const queued = allQueued(() => {
    call = start(plan, calls, { signal, deadlineAt, lane, caller, answerMs });
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

/** Returns the rows that wait where this call would; calls, of a method that is not batched. */
function waiting(calls: Chaos["calls"], { method, batched }: Plan): number {
  const { queued, batchers } = calls.stats();
  return batched ? (batchers[method]?.queuedRows ?? 0) : queued;
}

function start(plan: Plan, calls: Chaos["calls"], options: CallOptions): Promise<unknown> {
  switch (plan.method) {
    case "tensor":
    case "padded":
      return calls[plan.method](tensorOf(plan), options);
    case "list":
      return calls.list(itemsOf(plan), options);
    default:
      return calls[plan.method](itemsOf(plan)[0] as Item, options);
  }
}
