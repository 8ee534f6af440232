/**
 * Demand: the load of a method, and the value that it gives to the time of its workers.
 * @module
 */

import { high, type Latency } from "../latency/latency.ts";
import { ArrivalRates } from "./arrival-rates.ts";
import { largestWhere } from "./largest-where.ts";

/** The time over which arrivals are counted: in milliseconds, and in durations of a full batch. */
const MIN_SPAN_MS = 100;
const SPAN = 3;
/** The bounds of the time that a call is taken to have, in milliseconds. */
const MIN_LEFT_MS = 0.1;
const MAX_LEFT_MS = 1e9;
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

/** The mean rate of calls, and the mean time that they may take. */
export class Demand {
  readonly #rates = new ArrivalRates(MIN_SPAN_MS);
  /** The mean of the logarithms, so that a few calls with much time count little. */
  #leftLog = 0;
  #weight = 1;
  #intervalMs: number | undefined;
  #lastAt: number | undefined;

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
    const known = Math.log(Math.min(Math.max(MIN_LEFT_MS, leftMs), MAX_LEFT_MS));
    if (gapMs === undefined) {
      this.#leftLog = known;
      this.#weight = weight;
      return;
    }
    const mean = this.#intervalMs ?? gapMs;
    this.#intervalMs = mean + 0.1 * (gapMs - mean);
    this.#rates.add(rows * weight, leftMs, now);
    this.#leftLog += WEIGHT * (known - this.#leftLog);
    this.#weight += WEIGHT * (weight - this.#weight);
  }

  /**
   * Returns the mean units that arrive in a millisecond, of calls that have no more time than
   * `leftMs` milliseconds: those with more can wait.
   */
  unitsPerMs(leftMs: number, now: number): number {
    return this.#rates.within(leftMs, now);
  }

  /**
   * Returns the most units of a batch of calls that have `leftMs` ms and arrive at a rate.
   *
   * A batch of n units takes `mean(n)`, so larger batches answer more per millisecond, up to a
   * size. But calls that arrive early in one batch wait for its end and for the next one: if both
   * take longer than a call may, it is lost. So of n units that arrive at a rate r, all are
   * answered in time if `n / r + high(n)` is at most the time that they have. It is the largest
   * such n or, where calls come slowly, the largest of which two in a row take no longer.
   *
   * Of w workers, each has a share of the arrivals, and another is free before the end of a batch:
   * after 1 / w of it if they start at even intervals, and after all of it if they start together.
   * Both are taken to be halfway between, at the square root.
   */
  largest(leftMs: number, unitsPerMs: number, { latency, workers, maxUnits }: Supply): number {
    const root = Math.sqrt(Math.max(1, workers));
    return largestWhere(Math.min(1, maxUnits), maxUnits, (units) => {
      const ms = high(latency, units);
      return Math.min((root * units) / unitsPerMs, ms / root) + ms <= leftMs;
    });
  }

  /**
   * Returns the price of a worker's time: the units that a millisecond of it is worth. It is 0
   * while the load is low, and the most that can be answered in time while it exceeds the capacity.
   */
  price(now: number, { latency, workers, maxUnits }: Supply): number {
    this.#rates.spanMs = Math.max(MIN_SPAN_MS, SPAN * latency.mean(maxUnits));
    const unitsPerMs = this.#rates.within(Number.POSITIVE_INFINITY, now);
    const perWorker = unitsPerMs / Math.max(1, workers);
    if (!latency.known || perWorker === 0) return 0;
    const largest = this.largest(Math.exp(this.#leftLog), unitsPerMs, {
      latency,
      workers,
      maxUnits,
    });
    const largestMs = latency.mean(largest);
    if (largestMs === 0) return 0;
    const most = largest / largestMs;
    return most * Math.min(1, perWorker / most) ** EXPONENT;
  }
}
