/**
 * Distribution: the numbers that calls differ in, such as their rows, and how they are drawn.
 * @module
 */

import type { Random } from "../random.ts";

/** A number for all, or numbers that are drawn at random. */
export type Distribution =
  | number
  /** Equally likely between two numbers. */
  | { readonly uniform: readonly [least: number, most: number] }
  /** The median, and the deviation of the logarithm: 0.5 puts 95 % between 0.37 and 2.7 of it. */
  | { readonly lognormal: readonly [median: number, sigma: number]; readonly most?: number }
  /** Quantiles as a share and its value, in ascending order, with straight lines between them. */
  | { readonly quantiles: readonly (readonly [share: number, value: number])[] }
  /** Values by how often each comes, relative to the others. */
  | { readonly choices: readonly (readonly [value: number, often: number])[] }
  /** Measured values, each as likely as another. */
  | { readonly values: readonly number[] };

/** Returns a function that draws the next number. */
export function sampler(distribution: Distribution, random: Random): () => number {
  if (typeof distribution === "number") return () => distribution;
  if ("uniform" in distribution) {
    const [least, most] = distribution.uniform;
    return () => least + (most - least) * random();
  }
  if ("lognormal" in distribution) {
    const { lognormal, most = Number.POSITIVE_INFINITY } = distribution;
    const [median, sigma] = lognormal;
    return () => Math.min(most, median * Math.exp(sigma * normal(random)));
  }
  if ("values" in distribution) {
    const { values } = distribution;
    return () => values[Math.floor(random() * values.length)] ?? 0;
  }
  if ("choices" in distribution) return choice(distribution.choices, random);
  const points = distribution.quantiles;
  return () => interpolate(points, random());
}

/** Returns a standard normal number (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function choice(
  choices: readonly (readonly [value: number, often: number])[],
  random: Random,
): () => number {
  const total = choices.reduce((sum, [, often]) => sum + often, 0);
  return () => {
    let left = random() * total;
    for (const [value, often] of choices) {
      left -= often;
      if (left < 0) return value;
    }
    return choices.at(-1)?.[0] ?? 0;
  };
}

/**
 * Returns the value at `x` of a line through points in ascending order: that of the first point
 * before it, and the last segment continued after the last one.
 */
export function interpolate(
  points: readonly (readonly [x: number, y: number])[],
  x: number,
): number {
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.[0] ?? 0) < x) low = middle + 1;
    else high = middle;
  }
  const after = points[low] ?? [0, 0];
  const before = points[low - 1] ?? after;
  const width = after[0] - before[0];
  if (width <= 0 || x <= before[0]) return after[1];
  return before[1] + ((after[1] - before[1]) * (x - before[0])) / width;
}
