/**
 * Quantiles of histograms, from how their buckets have grown.
 * @module
 */

import type { Sample } from "./parse-metrics.ts";

/** A quantile, or where it lies if it is in the first or the last bucket. */
export interface Quantile {
  readonly value: number;
  /** `atMost` in the first bucket; `atLeast` in the last one, whose lower bound is the value. */
  readonly bound?: "atMost" | "atLeast";
}

/**
 * Returns a quantile of all observations of some histograms with the same buckets: interpolated in
 * its bucket, as Prometheus does, but not in the first one, in which it would be a guess. There it
 * is at most the bound of the bucket, and what the mean allows, by Markov's inequality: half of
 * the observations cannot be above twice the mean.
 *
 * @param buckets the samples of `_bucket`, with how much each has grown
 * @param quantile from 0 to 1
 * @param mean that of the observations, none of which is below 0
 * @returns undefined if there are no observations
 */
export function quantileOf(
  buckets: readonly Sample[],
  quantile: number,
  mean: number = Infinity,
): Quantile | undefined {
  const sums = new Map<number, number>();
  for (const { labels, value } of buckets) {
    const bound = boundOf(labels["le"]);
    sums.set(bound, (sums.get(bound) ?? 0) + value);
  }
  const ascending = [...sums].sort(([a], [b]) => a - b);
  const total = ascending.at(-1)?.[1] ?? 0;
  if (!(total > 0)) return undefined;
  const rank = quantile * total;
  const at = ascending.findIndex(([, count]) => count >= rank);
  const [bound = Infinity, count = total] = ascending[at] ?? [];
  const [lower, below = 0] = ascending[at - 1] ?? [];
  if (bound === Infinity)
    return lower === undefined ? undefined : { value: lower, bound: "atLeast" };
  if (lower === undefined) {
    return { value: Math.min(bound, mean / (1 - quantile)), bound: "atMost" };
  }
  return { value: lower + ((bound - lower) * (rank - below)) / (count - below) };
}

function boundOf(le = ""): number {
  return le === "+Inf" ? Infinity : Number(le);
}
