/**
 * BestSize: searches for the size of batches that takes the least time a unit.
 * @module
 */

import type { CostCurve } from "./cost-curve.ts";
import { classOf, largestOf, type SizeClass, wholeSize } from "./size-class.ts";

/** The largest known size is exceeded by this factor at most, as larger ones may be much slower. */
const GROWTH = 4;
/** The number of classes that are searched below the smallest known one: 6 octaves. */
const UNKNOWN_BELOW = 24;
/** The excess over the least time a unit, as a share of it, at which a larger size is preferred. */
const TOLERANCE = 0.02;
/** The part of the standard error of a time that is added to the tolerance. */
const ERROR_SHARE = 0.25;
/** The batches during which a size is searched that no batch has; and those until the next time. */
const SEARCH = 8;
const SEARCH_AGAIN = 1_024;

/** What is known of the sizes. */
export interface KnownSizes {
  /** The number of batches so far. */
  readonly at: number;
  readonly curve: CostCurve;
  /** The classes of the points of the curve. */
  readonly classes: readonly SizeClass[];
  /** Classes that seemed slower, but so long ago that they may be tried again. */
  readonly old: readonly SizeClass[];
  /** The relative deviation of durations. */
  readonly spread: number;
}

/** The search of one method. */
export class BestSize {
  /** The batch from which on a class has been searched, by its index. */
  readonly #searchedFrom: number[] = [];

  /** Returns the size to be run if there are units enough, at most `max`. */
  find(max: number, known: KnownSizes): number {
    const end = classOf(max);
    let count = known.classes.length;
    while (count > 0 && (known.classes[count - 1]?.index ?? 0) > end) count--;
    if (count === 0) return max;
    const best = largestGood(count, known);
    const size = this.#next(best, count, end, known);
    return Math.min(max, size);
  }

  #next(best: number, count: number, end: number, known: KnownSizes): number {
    const { classes, old, at, curve } = known;
    const index = classes[best]?.index ?? 0;
    for (const sizeClass of old) {
      if (sizeClass.index <= index || sizeClass.index > end) continue;
      if (sizeClass.isOnTrial(at)) return largestOf(sizeClass.index);
    }
    const isLargest = best === count - 1;
    if (isLargest && index < end) return wholeSize(GROWTH * curve.units(best));
    const before = classes[best - 1]?.index ?? lowestBelow(index);
    if (isLargest) {
      const size = this.#between(before, index, at);
      const searched = size !== undefined && mayBeBetter(largestOf(size), best, curve);
      return searched ? largestOf(size) : Number.POSITIVE_INFINITY;
    }
    // A larger size is slower: the best one may be between the known ones on both sides.
    const above = this.#between(index, classes[best + 1]?.index ?? 0, at);
    if (above !== undefined) return largestOf(above);
    const below = this.#between(before, index, at);
    return largestOf(below ?? index);
  }

  /** Returns the class in the middle between two, unless no batches of its size come. */
  #between(low: number, high: number, at: number): number | undefined {
    const middle = (low + high + 1) >> 1;
    for (let index = middle; index < high; index++) {
      if (this.#isSearched(index, low, high, at)) return index;
    }
    for (let index = middle - 1; index > low; index--) {
      if (this.#isSearched(index, low, high, at)) return index;
    }
    return undefined;
  }

  #isSearched(index: number, low: number, high: number, at: number): boolean {
    const size = largestOf(index);
    if (size <= largestOf(index - 1) || size <= largestOf(low) || size >= largestOf(high)) {
      return false;
    }
    const from = this.#searchedFrom[index];
    if (from === undefined || at - from > SEARCH_AGAIN) {
      this.#searchedFrom[index] = at;
      return true;
    }
    return at - from <= SEARCH;
  }
}

/** Returns the class above which sizes are searched that are smaller than all known ones. */
function lowestBelow(index: number): number {
  return Math.min(index, Math.max(index - UNKNOWN_BELOW, classOf(1) - 1));
}

/**
 * Returns true if a size before a point may take less time a unit than it. If the cost is convex,
 * it is above the line through the two points before.
 */
function mayBeBetter(size: number, best: number, curve: CostCurve): boolean {
  if (best === 0) return true;
  let least = curve.ms(best - 1);
  if (best > 1) {
    const from = curve.units(best - 2);
    const to = curve.units(best - 1);
    const ms = curve.ms(best - 1);
    least += ((ms - curve.ms(best - 2)) / (to - from)) * (size - to);
  }
  return least / size < (1 - TOLERANCE) * (curve.ms(best) / curve.units(best));
}

/** Returns the largest of the first points of a curve that takes about the least time a unit. */
function largestGood(count: number, { curve, classes, spread }: KnownSizes): number {
  let least = Number.POSITIVE_INFINITY;
  for (let point = 0; point < count; point++) {
    least = Math.min(least, curve.ms(point) / curve.units(point));
  }
  for (let point = count - 1; point > 0; point--) {
    const error = spread / Math.sqrt(classes[point]?.durations.count ?? 1);
    const most = least * (1 + TOLERANCE + ERROR_SHARE * error);
    if (curve.ms(point) / curve.units(point) <= most) return point;
  }
  return 0;
}
