/**
 * Arrivals: the times of the calls of a simulation or a benchmark, in milliseconds from its start.
 * @module
 */
import type { Random } from "../random.ts";

/** Independent calls at a mean rate per second, until `endMs`. */
export function* poisson(perSecond: number, endMs: number, random: Random): Generator<number> {
  const next = (): number => (-Math.log(1 - random()) * 1000) / perSecond;
  for (let at = next(); at < endMs; at += next()) yield at;
}

/** Calls at equal intervals, until `endMs`. */
export function* uniform(perSecond: number, endMs: number): Generator<number> {
  for (let count = 0; ; count++) {
    const at = (count * 1000) / perSecond;
    if (at >= endMs) return;
    yield at;
  }
}

/** Calls at recorded times, with the first one at 0, until `endMs`. */
export function* trace(moments: readonly number[], endMs: number): Generator<number> {
  const sorted = Float64Array.from(moments).sort();
  for (const moment of sorted) {
    const at = moment - (sorted[0] ?? 0);
    if (at >= endMs) return;
    yield at;
  }
}
