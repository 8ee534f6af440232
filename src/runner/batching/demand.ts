/**
 * Demand: the load of a method, and the value that it gives to the time of its workers.
 * @module
 */

import { high, type Latency } from "../latency/latency.ts";

/** The time over which arrivals are counted: in milliseconds, and in durations of a full batch. */
const MIN_SPAN_MS = 100;
const SPAN = 3;
/** The weight of a call in the mean of the times that calls have. */
const WEIGHT = 0.05;
/**
 * The exponent of the load in the price. With 1, calls are refused for the sake of larger batches
 * long before the load requires it; with a large one, only when it is too late.
 */
const EXPONENT = 16;

/** The workers that serve a demand. */
export interface Supply {
  readonly latency: Latency;
  readonly workers: number;
  /** The most units in a batch. */
  readonly maxUnits: number;
}

/** The value of the time of a worker. */
export interface Price {
  /**
   * The units that a millisecond of a worker is worth: 0 while the load is low, and the most that
   * can be answered in time while it exceeds the capacity.
   */
  readonly perMs: number;
  /** The units of the smallest batch that is worth its time. */
  readonly leastUnits: number;
}

/** The price of time while nothing is known. */
export const FREE: Price = { perMs: 0, leastUnits: 0 };

/** The mean rate of calls, and the mean time that they may take. */
export class Demand {
  #perMs = 0;
  #leftMs = 0;
  #weight = 1;
  #intervalMs: number | undefined;
  #lastAt: number | undefined;
  #spanMs = MIN_SPAN_MS;

  /** The mean time between two calls, in milliseconds; `undefined` before the second call. */
  get intervalMs(): number | undefined {
    return this.#intervalMs;
  }

  /** The mean weight of the heaviest row of a call. */
  get weight(): number {
    return this.#weight;
  }

  /**
   * Adds a call that arrives now and must be answered within `leftMs` milliseconds.
   *
   * @param weight the weight of its heaviest row
   */
  add(rows: number, weight: number, leftMs: number, now: number): void {
    const gapMs = this.#lastAt === undefined ? undefined : now - this.#lastAt;
    this.#lastAt = now;
    // Infinity, or -Infinity for a deadline before all time, would never leave the mean.
    const known = Math.min(Math.max(0, leftMs), Number.MAX_SAFE_INTEGER);
    if (gapMs === undefined) {
      this.#leftMs = known;
      this.#weight = weight;
      return;
    }
    const mean = this.#intervalMs ?? gapMs;
    this.#intervalMs = mean + 0.1 * (gapMs - mean);
    this.#perMs = this.#perMs * Math.exp(-gapMs / this.#spanMs) + (rows * weight) / this.#spanMs;
    this.#leftMs += WEIGHT * (known - this.#leftMs);
    this.#weight += WEIGHT * (weight - this.#weight);
  }

  /**
   * Returns the price of a worker's time.
   *
   * A batch of n units takes `mean(n)`, so larger batches answer more per millisecond, up to a
   * size. But calls that arrive early in one batch wait for its end and for the next one: if both
   * take longer than a call may, it is lost. So of n units that arrive at a rate r, all are
   * answered in time if `n / r + high(n)` is at most the time that they have, or if two batches of
   * n fit into it. The largest such n gives the capacity; the price is what the time of a worker is
   * worth at the load that there is.
   */
  price({ latency, workers, maxUnits }: Supply): Price {
    this.#spanMs = Math.max(MIN_SPAN_MS, SPAN * latency.mean(maxUnits));
    const perWorker = this.#perMs / Math.max(1, workers);
    if (!latency.known || perWorker === 0) return FREE;
    const leftMs = this.#leftMs;
    const largest = Math.max(
      largestWhere(maxUnits, (units) => units / perWorker + high(latency, units) <= leftMs),
      largestWhere(maxUnits, (units) => 2 * high(latency, units) <= leftMs),
    );
    const largestMs = latency.mean(largest);
    if (largestMs === 0) return FREE;
    const most = largest / largestMs;
    const perMs = most * Math.min(1, perWorker / most) ** EXPONENT;
    const enough = (units: number): boolean => units >= perMs * latency.mean(units);
    return { perMs, leastUnits: leastWhere(largest, enough) };
  }
}

/** The steps of a search for a number of units: to 1/256 of the maximum. */
const STEPS = 8;

/** Returns the largest number of units, from 1, for which a condition holds that holds below it. */
function largestWhere(max: number, holds: (units: number) => boolean): number {
  if (holds(max)) return max;
  let low = Math.min(1, max);
  let above = max;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + above) / 2;
    if (holds(middle)) low = middle;
    else above = middle;
  }
  return low;
}

/** Returns the smallest number of units up to a maximum for which a condition holds from there. */
function leastWhere(max: number, holds: (units: number) => boolean): number {
  let below = 0;
  let high = max;
  for (let step = 0; step < STEPS; step++) {
    const middle = (below + high) / 2;
    if (holds(middle)) high = middle;
    else below = middle;
  }
  return high;
}
