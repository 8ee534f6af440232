/**
 * Forecast: the time at which a new call would be answered. A call that would be late is refused on
 * arrival: a later refusal would cost its caller the wait.
 * @module
 */

import { high, type Latency } from "./latency.ts";

/** The work ahead of a call. */
export interface Load {
  readonly now: number;
  /** The units of the call. */
  readonly units: number;
  /** The units of the waiting calls that it can be joined with and that go first. */
  readonly unitsBefore: number;
  /** The earliest deadline of those. */
  readonly earliestAt: number;
  /** The milliseconds until each worker is free, in ascending order. */
  readonly freeInMs: ArrayLike<number>;
  /** The milliseconds of work of one worker that goes first and cannot be joined. */
  readonly othersMs: number;
  /** The most units in a batch. */
  readonly maxUnits: number;
  /** The units of the smallest batch that is worth its time. */
  readonly leastUnits: number;
  readonly latency: Latency;
}

/**
 * Returns the time at which the last row of the call is answered, in milliseconds of the clock.
 *
 * The batches before its own go to the workers in turn, as they become free, and are full, but for
 * the first one: its calls may have too little time left for more of them. The batch of the call
 * itself is planned with as many units as make it worth its time: under load, calls that arrive
 * later will fill it, and a call without the time for that would keep it small.
 */
export function answeredAt(load: Load): number {
  const { now, units, unitsBefore, earliestAt, freeInMs, othersMs, maxUnits, latency } = load;
  const workers = Math.max(1, freeInMs.length);
  const least = Math.min(load.leastUnits, maxUnits);
  const total = unitsBefore + units;
  const firstAt = now + (freeInMs[0] ?? 0) + othersMs / workers;
  if (total <= maxUnits && firstAt + high(latency, total) <= earliestAt) {
    return firstAt + high(latency, Math.max(total, least));
  }
  const firstUnits = Math.min(total, unitsUntil(earliestAt - firstAt, maxUnits, latency));
  const before = Math.ceil((total - firstUnits) / maxUnits);
  const lastUnits = total - firstUnits - (before - 1) * maxUnits;
  const rounds = Math.floor(before / workers);
  const startsAt =
    now +
    (freeInMs[before % workers] ?? 0) +
    othersMs / workers +
    (rounds > 0 ? latency.mean(firstUnits) + (rounds - 1) * latency.mean(maxUnits) : 0);
  // The deviations of several batches partly cancel each other out.
  const spread = Math.sqrt(1 + rounds) - 1;
  const spreadMs = spread * (high(latency, maxUnits) - latency.mean(maxUnits));
  return startsAt + high(latency, Math.max(lastUnits, least)) + spreadMs;
}

/** Returns the most units of a batch that ends within a time. */
function unitsUntil(leftMs: number, maxUnits: number, latency: Latency): number {
  if (high(latency, maxUnits) <= leftMs) return maxUnits;
  let low = 0;
  let above = maxUnits;
  for (let step = 0; step < 8; step++) {
    const middle = (low + above) / 2;
    if (high(latency, middle) <= leftMs) low = middle;
    else above = middle;
  }
  return low;
}

/** The bounds of `Retry-After`, in seconds. */
const MIN_RETRY_S = 1;
const MAX_RETRY_S = 30;

/** Returns the value of `Retry-After` for a call that would have been late by a time. */
export function retryAfterSeconds(lateMs: number): number {
  return Math.min(MAX_RETRY_S, Math.max(MIN_RETRY_S, Math.ceil(lateMs / 1_000)));
}
