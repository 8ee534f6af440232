/**
 * WorkSource: a queue that has work for the workers of a pool.
 * @module
 */

/** A queue of calls that wait for a worker. */
export interface WorkSource {
  /** The arrival of its first call, in milliseconds of the clock; Infinity when it is empty. */
  readonly oldestAt: number;
  /** Gives work to a worker, if any should run now. Returns false if it did not. */
  take(): boolean;
}

/** The options of a piece of work. */
export interface WorkOptions {
  /** Returns false once no caller waits for the answer: then the work is not run, or not again. */
  readonly isWanted?: () => boolean;
  /** The time until which it may wait for a worker, in milliseconds of the clock. Default: any. */
  readonly deadlineAt?: number;
  /** Called whenever a worker starts it, with the worker's index. */
  readonly onStart?: (workerIndex: number) => void;
  /** The number of lost workers after which it fails. Default 2. */
  readonly maxLosses?: number;
  /** False to wait for a free worker, never behind another call. Default true. */
  readonly mayGoAhead?: boolean;
  /** The time after which it is suspected to hang. Default: `callTimeoutMs`. */
  readonly suspicion?: Suspicion;
}

/**
 * The times of a run that may hang. Its worker is quarantined: it continues, and its answer counts,
 * but another worker takes its place.
 */
export interface Suspicion {
  /** The duration of a run from which on it is suspected, in milliseconds. */
  readonly afterMs: number;
  /** The duration from which on it may be ended to make room for another, in milliseconds. */
  readonly endableAfterMs: number;
  /** Called when its worker has been quarantined. */
  readonly onSuspect: () => void;
}

/** Returns the sources that are not empty, the one whose first call has waited longest first. */
export function byAge(sources: Iterable<WorkSource>): WorkSource[] {
  return [...sources]
    .filter(({ oldestAt }) => oldestAt < Number.POSITIVE_INFINITY)
    .sort((one, other) => one.oldestAt - other.oldestAt);
}
