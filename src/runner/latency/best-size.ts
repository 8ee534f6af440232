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
const ERROR_SHARE = 0.4;
/** Smaller sizes that take this multiple of the time a unit are not tried again. */
const MUCH_SLOWER = 1.5;
/** A size may well be the best if its time a unit exceeds it by so many standard errors. */
const LIKELY_ERRORS = 1.5;
/** The batches during which a size is searched that no batch has; and those until the next time. */
const SEARCH = 8;
const SEARCH_AGAIN = 1_024;

/** The durations of the sizes, as far as they are known. */
export interface KnownSizes {
  /** The number of batches so far. */
  readonly at: number;
  readonly curve: CostCurve;
  /** The classes of the points of the curve. */
  readonly classes: readonly SizeClass[];
  /** All classes: some are left out of the curve, since they were seen long ago. */
  readonly all: readonly SizeClass[];
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
    const count = countUpTo(end, known);
    if (count === 0) return max;
    const best = largestGood(count, known);
    return Math.min(max, this.#searched(best, count, end, known) ?? usual(best, count, end, known));
  }

  /** Returns a size that may be better than the best known one; `undefined` if none is due. */
  #searched(best: number, count: number, end: number, known: KnownSizes): number | undefined {
    const { classes, at } = known;
    const index = classes[best]?.index ?? 0;
    const trial = trialOf(best, end, known);
    if (trial !== undefined) return largestOf(trial.index);
    if (best < count - 1) {
      // A larger size is slower: the best one may be between the two.
      const above = this.#between(index, classes[best + 1]?.index ?? 0, at);
      if (above !== undefined) return largestOf(above);
    } else if (index < end && (classes[best]?.durations.count ?? 0) < SEARCH) {
      return undefined; // larger ones may come
    }
    return this.#below(best, known);
  }

  /** Returns a size below the best known one that may be better, by the durations around it. */
  #below(best: number, { classes, curve, at }: KnownSizes): number | undefined {
    const most = (1 - TOLERANCE) * (curve.ms(best) / curve.units(best));
    let least = Number.POSITIVE_INFINITY;
    let found: number | undefined;
    for (let point = best; point >= 0; point--) {
      const index = classes[point]?.index ?? 0;
      const before = classes[point - 1]?.index ?? lowestBelow(index);
      // Larger batches take no less time, so that this is the least time a unit in between.
      const perUnit = point === 0 ? 0 : curve.ms(point - 1) / largestOf(index - 1);
      if (perUnit >= Math.min(most, least)) continue;
      const between = this.#between(before, index, at);
      if (between === undefined) continue;
      least = perUnit;
      found = largestOf(between);
    }
    return found;
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

/** Returns the best size up to `max`, as far as is known. */
export function bestKnown(max: number, known: KnownSizes): number {
  const end = classOf(max);
  const count = countUpTo(end, known);
  if (count === 0) return max;
  return Math.min(max, usual(largestGood(count, known), count, end, known));
}

/** Returns the number of points whose class is not beyond one. */
function countUpTo(end: number, { classes }: KnownSizes): number {
  let count = classes.length;
  while (count > 0 && (classes[count - 1]?.index ?? 0) > end) count--;
  return count;
}

/** Returns the size to be run if none is to be searched. */
function usual(best: number, count: number, end: number, { curve, classes }: KnownSizes): number {
  const index = classes[best]?.index ?? 0;
  if (index === end) return Number.POSITIVE_INFINITY;
  return best === count - 1 ? wholeSize(GROWTH * curve.units(best)) : largestOf(index);
}

/** Returns the first class that is to be tried again. */
function trialOf(best: number, end: number, known: KnownSizes): SizeClass | undefined {
  const { all, at, classes, curve, spread } = known;
  const index = classes[best]?.index ?? 0;
  const bestPerUnit = curve.ms(best) / curve.units(best);
  for (const sizeClass of all) {
    if (sizeClass.index > end) return undefined;
    if (sizeClass.index === index) continue;
    const { median: ms, count } = sizeClass.durations;
    const perUnit = ms / sizeClass.units;
    // Small sizes are slow for their fixed cost, unless everything has changed.
    const isSmaller = sizeClass.index < index && perUnit > MUCH_SLOWER * bestPerUnit;
    if (isSmaller && !sizeClass.isScaled) continue;
    const isLikely = perUnit * (1 - (LIKELY_ERRORS * spread) / Math.sqrt(count)) < bestPerUnit;
    const cost = (ms / curve.ms(best)) * (perUnit / bestPerUnit) ** 2;
    if (sizeClass.isOnTrial(at, isLikely, cost)) return sizeClass;
  }
  return undefined;
}

/** Returns the class above which sizes are searched that are smaller than all known ones. */
function lowestBelow(index: number): number {
  return Math.min(index, Math.max(index - UNKNOWN_BELOW, classOf(1) - 1));
}

/** Returns the largest of the first points of a curve that takes about the least time a unit. */
function largestGood(count: number, known: KnownSizes): number {
  let least = Number.POSITIVE_INFINITY;
  for (let point = 0; point < count; point++) least = Math.min(least, perUnit(point, known));
  for (let point = count - 1; point > 0; point--) {
    if (perUnit(point, known) <= (1 + TOLERANCE) * least) return point;
  }
  return 0;
}

/** Returns the time a unit, and more if it is known from few batches. */
function perUnit(point: number, { curve, classes, spread }: KnownSizes): number {
  const error = spread / Math.sqrt(classes[point]?.durations.count ?? 1);
  return (curve.ms(point) / curve.units(point)) * (1 + ERROR_SHARE * error);
}
