/**
 * The numbers of workers and threads of a runner. They suit a machine, so here the settings of its
 * operator take precedence over those of the code.
 * @module
 */

import type { Executor } from "../executor/executor.ts";
import { log } from "../log.ts";
import type { Runnable } from "../worker/runnable.ts";
import { type Chosen, chosen } from "./chosen.ts";

/** The warning for threads of all runners that one of them cannot use. */
const NO_THREADS =
  "Runner {runner} runs with 1 thread instead of {threads}: its runnable is not declared with " +
  "multiThreaded: true";

/** The numbers of workers and threads in a configuration file, and in the flags of a command. */
export interface ConfiguredSize {
  readonly workers?: number | "auto" | undefined;
  readonly threads?: number | undefined;
  /** True if `threads` holds for all runners, so that those of one thread disregard it. */
  readonly sharesThreads?: boolean | undefined;
  /**
   * The cores for the runner, of which the numbers are made where they are missing: with several
   * threads, one worker for all; otherwise a worker for each.
   */
  readonly cores?: number | "all" | undefined;
  /** With `cores`, what the number of workers is multiplied by. Default 1. */
  readonly workersPerCore?: number | undefined;
}

/** The numbers of a runner in its code. */
interface OwnSize {
  readonly workers?: number | "auto";
  readonly threads?: number;
}

/** What else the numbers depend on. */
interface Place {
  readonly runner: string;
  readonly executor: Executor;
  readonly cores: number;
  readonly runnable: Pick<Runnable, "multiThreaded">;
}

/**
 * Returns the numbers of workers and threads, and where they come from.
 *
 * @throws RangeError for several threads of a runnable that uses one
 */
export function sizeOf(
  own: OwnSize,
  configured: ConfiguredSize | undefined,
  { runner, executor, cores, runnable }: Place,
): { readonly workers: Chosen<number>; readonly threads: Chosen<number> } {
  const byCores = sizeByCores(configured, cores, runnable);
  const wanted = chosen(
    [
      ["configured", configured?.threads],
      ["configured", byCores?.threads],
      ["code", own.threads],
    ],
    1,
  );
  const disregards = configured?.sharesThreads === true && !runnable.multiThreaded;
  if (!disregards) checkThreads(runner, wanted.value, runnable);
  else if (wanted.value > 1) log.warn(NO_THREADS, { runner, threads: wanted.value });
  const threads: Chosen<number> = disregards ? { value: 1, from: "default" } : wanted;
  const { value, from } = chosen<number | "auto">(
    [
      ["configured", configured?.workers],
      ["configured", byCores?.workers],
      ["code", own.workers],
    ],
    "auto",
  );
  const workers = value === "auto" ? executor.autoWorkers(cores, threads.value) : value;
  return { threads, workers: { value: workers, from } };
}

/** @throws RangeError for several threads of a runnable that uses one */
export function checkThreads(
  name: string,
  threads: number | undefined,
  { multiThreaded }: Place["runnable"],
): void {
  if (threads === undefined || threads <= 1 || multiThreaded) return;
  throw new RangeError(
    `Runner "${name}" asks for ${threads} threads, but its runnable uses one: ` +
      'declare it with runnable(url, load, { multiThreaded: true }), or use "workers"',
  );
}

/** Returns the numbers that use the cores of a runner, as BentoML does. */
function sizeByCores(
  { cores, workersPerCore }: ConfiguredSize = {},
  all: number,
  { multiThreaded }: Place["runnable"],
): { readonly workers: number; readonly threads: number } | undefined {
  if (cores === undefined && workersPerCore === undefined) return undefined;
  const used = cores === undefined || cores === "all" ? all : cores;
  const threads = multiThreaded ? Math.max(1, Math.ceil(used)) : 1;
  const places = multiThreaded ? 1 : Math.ceil(used);
  return { threads, workers: Math.max(1, Math.round(places * (workersPerCore ?? 1))) };
}
