/**
 * Latency: the learned duration of batches, as the policy reads it.
 * @module
 */

/** The duration of batches by their units: rows, times the weight of the heaviest row. */
export interface Latency {
  /** True once a batch has been measured. */
  readonly known: boolean;
  /** The milliseconds of a batch of any size. */
  readonly b: number;
  /** Returns the expected milliseconds of a batch; 0 while nothing is known. */
  mean(units: number): number;
  /** Returns the usual deviation from it, in milliseconds. */
  deviation(units: number): number;
  /**
   * Returns the size, up to a maximum, at which a unit takes the least time, as far as is known:
   * that of the batches of a forecast.
   */
  usual(maxUnits: number): number;
  /**
   * Returns the part of the expected milliseconds in which a batch and its answer are on their way,
   * or wait for the main thread. Default 0.
   */
  lagMs?(units: number): number;
  /** Returns the size of the next batch: the usual one, or now and then one that may be better. */
  best(maxUnits: number): number;
}

/**
 * The number of deviations that a plan allows for. About 2 % of batches take longer, if their
 * durations are normally distributed.
 */
const DEVIATIONS = 2;

/** Returns the milliseconds in which nearly all batches of a size end. */
export function high(latency: Latency, units: number): number {
  return latency.mean(units) + DEVIATIONS * latency.deviation(units);
}
