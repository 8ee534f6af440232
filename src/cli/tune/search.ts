/**
 * search(): finds the settings with the highest throughput within a latency, in a given time. First
 * it tries all backends, workers and threads for a short while, then batch sizes of the best, and
 * then it measures the winner under more and more callers.
 * @module
 */

import type { Candidate } from "./candidate.ts";

/** The results of one load on one candidate. */
export interface Point {
  readonly callers: number;
  /** Answered calls a second. */
  readonly throughput: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

/** A candidate and its results; without points if it could not be served. */
export interface Trial {
  readonly candidate: Candidate;
  readonly points: readonly Point[];
  /** Why it has no points. */
  readonly error?: string;
}

/** An error that every candidate would have: there is nothing to call. Ends the search. */
export class NothingToCall extends Error {}

/** A running server with the settings of a candidate. */
export interface Served extends AsyncDisposable {
  /** Runs callers against it for a time in milliseconds. */
  measure(callers: number, ms: number): Promise<Point>;
}

/** The parts of a search. */
export interface SearchOptions {
  readonly candidates: readonly Candidate[];
  readonly batchSizes: readonly number[];
  /** The time that it may take, in milliseconds. */
  readonly totalMs: number;
  /** The latency that 99 of 100 calls must not exceed, in milliseconds. */
  readonly maxP99: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Starts a server. @throws Error if it cannot serve the candidate */
  readonly serve: (candidate: Candidate) => Promise<Served>;
  readonly onTrial?: (trial: Trial) => void;
}

/** The result of a search. */
export interface Found {
  readonly trials: readonly Trial[];
  readonly best: Trial | undefined;
  /** The candidates for which there was no time. */
  readonly skipped: readonly Candidate[];
}

/** The callers of the first trials, and of the last one. */
const FEW = [1, 8, 32];
const ALL = [1, 2, 4, 8, 16, 32, 64, 128];
/** The shares of the time for the first trials and for batch sizes; the rest is for the winner. */
const FIRST_SHARE = 0.5;
const BATCH_SHARE = 0.25;
/** The shortest and the longest measurement, in milliseconds. */
const MIN_MS = 300;
const MAX_MS = 3000;
/** The candidates whose batch sizes are tried. */
const FINALISTS = 2;

/** Runs the search. @throws NothingToCall */
export async function search(options: SearchOptions): Promise<Found> {
  const { candidates, batchSizes, totalMs, maxP99, now, signal } = options;
  const startedAt = now();
  const trials: Trial[] = [];
  const skipped: Candidate[] = [];
  const better = (a: Trial, b: Trial): number => scoreOf(b, maxP99) - scoreOf(a, maxP99);

  /** Tries candidates until a share of the whole time has passed. */
  async function tryAll(list: readonly Candidate[], levels: readonly number[], untilShare: number) {
    const endAt = startedAt + totalMs * untilShare;
    for (const [at, candidate] of list.entries()) {
      const leftMs = (endAt - now()) / (list.length - at);
      if (signal.aborted || leftMs < MIN_MS) {
        skipped.push(...list.slice(at));
        return;
      }
      const trial = await tryOne(candidate, levels, now() + leftMs, options);
      trials.push(trial);
      options.onTrial?.(trial);
    }
  }

  await tryAll(candidates, FEW, FIRST_SHARE);
  const finalists = trials.filter(isServed).sort(better).slice(0, FINALISTS);
  const sized = finalists.flatMap(({ candidate }) =>
    batchSizes.map((maxBatchSize) => ({ ...candidate, maxBatchSize })),
  );
  await tryAll(sized, FEW, FIRST_SHARE + BATCH_SHARE);
  const [winner] = trials.filter(isServed).sort(better);
  if (winner === undefined || signal.aborted) return { trials, best: winner, skipped };
  const last = await tryOne(winner.candidate, ALL, startedAt + totalMs, options);
  options.onTrial?.(last);
  return { trials, best: isServed(last) ? last : winner, skipped };
}

function isServed({ points }: Trial): boolean {
  return points.length > 0;
}

/** Serves a candidate, and measures it under each number of callers until a time. */
async function tryOne(
  candidate: Candidate,
  levels: readonly number[],
  endAt: number,
  { serve, now, signal }: SearchOptions,
): Promise<Trial> {
  const points: Point[] = [];
  try {
    await using served = await serve(candidate);
    for (const [at, callers] of levels.entries()) {
      if (signal.aborted) break;
      const ms = Math.min(MAX_MS, Math.max(MIN_MS, (endAt - now()) / (levels.length - at)));
      points.push(await served.measure(callers, ms));
    }
    return { candidate, points };
  } catch (error) {
    if (error instanceof NothingToCall) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return points.length > 0 ? { candidate, points } : { candidate, points, error: reason };
  }
}

/** Returns the point with the highest throughput within the latency; undefined for none. */
export function bestPoint({ points }: Trial, maxP99: number): Point | undefined {
  const [best] = points
    .filter(({ p99, failed }) => p99 <= maxP99 && failed === 0)
    .sort((a, b) => b.throughput - a.throughput);
  return best;
}

/** Returns a number that is greater for a better trial; below 0 for one that is always too slow. */
function scoreOf(trial: Trial, maxP99: number): number {
  const best = bestPoint(trial, maxP99);
  if (best !== undefined) return best.throughput;
  return -Math.min(...trial.points.map(({ p99 }) => p99));
}
