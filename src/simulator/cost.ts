/**
 * Costs of simulated batches: the milliseconds of a batch by its rows and its heaviest row.
 * @module
 */

import type { Random } from "../random.ts";
import { interpolate, normal } from "./distribution.ts";

/**
 * Returns the milliseconds of a batch. Its units are its rows times the weight of the heaviest of
 * them, to which all rows are padded; without weights, its rows.
 */
export type Cost = (rows: number, heaviest: number) => number;

/** A line: `a` milliseconds for each unit, and `b` for the batch. */
export function linear({ a, b }: { readonly a: number; readonly b: number }): Cost {
  return (rows, heaviest) => a * rows * heaviest + b;
}

/** The same time for a batch of any size. */
export function flat({ b }: { readonly b: number }): Cost {
  return () => b;
}

/**
 * A line up to `from` units. After it, a unit takes longer the more there are: with `growth` 0.3,
 * 1.23 times as long when they double.
 */
export function convex(options: {
  readonly a: number;
  readonly b: number;
  readonly from: number;
  readonly growth: number;
}): Cost {
  const { a, b, from, growth } = options;
  return (rows, heaviest) => {
    const units = rows * heaviest;
    return b + a * units * Math.max(1, units / from) ** growth;
  };
}

/** Steps: as many units as the next multiple of `multiple`. */
export function steps(options: {
  readonly a: number;
  readonly b: number;
  readonly multiple: number;
}): Cost {
  const { a, b, multiple } = options;
  return (rows, heaviest) => b + a * multiple * Math.ceil((rows * heaviest) / multiple);
}

/** A model of text: a line in units, and `c` milliseconds for each row and squared length. */
export function padded(options: {
  readonly a: number;
  readonly b: number;
  readonly c?: number;
}): Cost {
  const { a, b, c = 0 } = options;
  return (rows, heaviest) => b + a * rows * heaviest + c * rows * heaviest ** 2;
}

/** Measured milliseconds by units, in ascending order, with straight lines between them. */
export function measured(points: readonly (readonly [units: number, ms: number])[]): Cost {
  return (rows, heaviest) => Math.max(0, interpolate(points, rows * heaviest));
}

/**
 * The factors by which batches of one size differ in time: the deviation of their logarithm, whose
 * median is 1, or measured ones.
 */
export type Spread = number | { readonly factors: readonly number[] };

/** Returns a function that draws the next factor. */
export function spreadSampler(spread: Spread, random: Random): () => number {
  if (typeof spread !== "number") {
    const { factors } = spread;
    return () => factors[Math.floor(random() * factors.length)] ?? 1;
  }
  return spread === 0 ? () => 1 : () => Math.exp(spread * normal(random));
}
