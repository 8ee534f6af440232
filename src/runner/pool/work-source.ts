/**
 * WorkSource: whoever has work for the workers of a pool, and how work is handed over.
 * @module
 */

/** A line of calls that wait for a worker. */
export interface WorkSource {
  /** When the first of what waits came, in milliseconds of the clock; Infinity for nothing. */
  readonly oldestAt: number;
  /** Hands over one piece of work, if there is any that should run now. False when it did not. */
  take(): boolean;
}

/** What the sender of a piece of work knows of it. */
export interface WorkOptions {
  /** False once nobody waits for the answer: then it is not run (again). */
  readonly isWanted?: () => boolean;
  /** Called whenever a worker starts it, with the worker's index. */
  readonly onStart?: (workerIndex: number) => void;
  /** The number of lost workers after which it fails. Default 2. */
  readonly maxLosses?: number;
  /** False to wait for a free worker, never behind another call. Default true. */
  readonly mayGoAhead?: boolean;
  /** When it is suspected to hang; by default, when it exceeds its time. */
  readonly suspicion?: Suspicion;
}

/**
 * When a run is suspected to hang. Its worker is then quarantined: it continues, and its answer
 * counts, but another worker takes its place.
 */
export interface Suspicion {
  /** The duration of a run from which on it is suspected, in milliseconds. */
  readonly afterMs: number;
  /** The duration from which on it may be ended to make room for another, in milliseconds. */
  readonly endableAfterMs: number;
  /** Called when its worker has been quarantined. */
  readonly onSuspect: () => void;
}

/** The sources in the order in which they are offered a worker: who has waited longest is first. */
export function byAge(sources: Iterable<WorkSource>): WorkSource[] {
  return [...sources]
    .filter(({ oldestAt }) => oldestAt < Number.POSITIVE_INFINITY)
    .sort((one, other) => one.oldestAt - other.oldestAt);
}
