/**
 * WorkSource: a queue that has work for the workers of a pool.
 * @module
 */

/** A queue of calls that wait for a worker. */
export interface WorkSource {
  /** The share of the workers that it may use while others wait, as a multiple of the usual one. */
  readonly share: number;
  /** The number of its waiting calls. */
  readonly waiting: number;
  /** The number of the arrival since which it has had waiting calls. */
  readonly waitingSince: number;
  /** The expected milliseconds that a worker takes for all of them. */
  readonly workMs: number;
  /** The milliseconds of a worker that it has used, divided by its share. */
  served: number;
  /**
   * Gives work to a worker, if any should run now.
   *
   * @returns the milliseconds that it is expected to take; `undefined` if there was none
   */
  take(): number | undefined;
}

/** The options of a piece of work. */
export interface WorkOptions {
  /** Returns false once no caller waits for the answer: then the work is not run, or not again. */
  readonly isWanted?: () => boolean;
  /** The time until which it may wait for a worker, in milliseconds of the clock. Default: any. */
  readonly deadlineAt?: number;
  /** The expected milliseconds of a run. Default 0. */
  readonly expectedMs?: number;
  /** Called whenever a worker starts it, with the worker's index. */
  readonly onStart?: (workerIndex: number) => void;
  /**
   * Called whenever a run of it has ended in any way, with its milliseconds, and with those that
   * the worker has measured, if it has.
   */
  readonly onEnd?: (ms: number, isAnswered: boolean, ranMs?: number) => void;
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
