/**
 * simulate(): runs a load through the pool, the batcher and the policy of a runner, on a virtual
 * clock and virtual threads.
 * @module
 */

import { checkCount } from "../check.ts";
import { ServiceError } from "../error.ts";
import { type BatchOptions, batchSettings } from "../runner/batching/batch-options.ts";
import { Batcher } from "../runner/batching/batcher.ts";
import { Pool } from "../runner/pool/pool.ts";
import { warmUp } from "../runner/warm-up.ts";
import { type Runnable, runnable } from "../worker/runnable.ts";
import { type SimulationReport, Tally } from "./report.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { type Cost, METHOD, virtualExecutor } from "./virtual-executor.ts";

/** The load and the runner to simulate. */
export interface Simulation {
  /** The times of the calls, in milliseconds from the start, in ascending order. */
  readonly arrivals: Iterable<number>;
  readonly cost: Cost;
  readonly workers: number;
  /** The rows of each call. Default 1. */
  readonly rows?: number;
  readonly batch?: BatchOptions;
  /** Waits until only timers are left: for a macrotask, such as `setImmediate`. */
  readonly turn: () => Promise<void>;
}

/** The options of a pool without time limits, which runs nothing but batches. */
const UNLIMITED = {
  name: METHOD,
  runnable: runnable("virtual:worker", () => ({})) as Runnable,
  notIdempotent: [],
  callTimeoutMs: Number.MAX_SAFE_INTEGER,
  loadTimeoutMs: Number.MAX_SAFE_INTEGER,
  maxLostThreads: 1,
  load: { module: "", runner: METHOD, threads: 1, backend: undefined, params: undefined },
} as const;

/**
 * Simulates a load on a runner that has been warmed up.
 *
 * @throws RangeError for a setting that cannot be
 */
export async function simulate(simulation: Simulation): Promise<SimulationReport> {
  const { arrivals, cost, rows = 1, batch, turn } = simulation;
  const workers = checkCount("workers", simulation.workers);
  const input = new Array<number>(checkCount("rows", rows)).fill(0);
  const settings = batchSettings(batch);
  const clock = new VirtualClock();
  const tally = new Tally();
  const executor = virtualExecutor(cost, clock);
  const pool = new Pool(clock, { ...UNLIMITED, executor, workers });
  const batcher = new Batcher({
    runner: METHOD,
    method: METHOD,
    settings,
    idempotent: true,
    workers: pool,
    clock,
    events: { batchDone: (_, record) => tally.batch(record) },
  });
  for (const queue of batcher.queues) pool.attach(queue);
  /** Runs every event, each with everything that follows from it. */
  const run = async (): Promise<void> => {
    while (clock.step()) await turn();
  };
  const ready = pool.start().then(() => warmUp(METHOD, pool, new Map([[METHOD, batcher]]), clock));
  await run();
  await ready;
  const startedAt = clock.now();
  let endedAt = startedAt;
  let made = 0;
  const call = async (): Promise<void> => {
    made += 1;
    const calledAt = clock.now();
    let outcomes = tally.answered;
    try {
      await batcher.call(input);
    } catch (error) {
      const isShed = error instanceof ServiceError && error.code === "unavailable";
      outcomes = isShed ? tally.shed : tally.failed;
    }
    endedAt = clock.now();
    outcomes.push(endedAt - calledAt);
  };
  const coming = arrivals[Symbol.iterator]();
  const expect = (): void => {
    const next = coming.next();
    if (next.done) return;
    clock.at(startedAt + next.value, () => {
      expect();
      void call();
    });
  };
  expect();
  await run();
  if (tally.ended < made) throw new Error(`Of ${made} calls, ${made - tally.ended} never ended`);
  return tally.report((endedAt - startedAt) / 1000, settings.maxLatencyMs);
}
