/**
 * SizeClass: the batches of nearly the same size that the latency model has seen.
 * @module
 */

import { RunningMedian } from "./running-median.ts";

/** The number of durations that a class remembers. */
const REMEMBERED = 31;

/** The classes of an octave: those up to 8 have one whole number each, and 8 to 16 has 4. */
const PER_OCTAVE = 4;
/** The exponents of the smallest and the largest size. */
const MIN_EXPONENT = -20;
const MAX_EXPONENT = 50;

/** Returns the index of the class of a size, which grows with it from 0. */
export function classOf(units: number): number {
  if (!(units > 2 ** MIN_EXPONENT)) return 0;
  const exponent = Math.min(MAX_EXPONENT, Math.floor(Math.log2(units)));
  const quarters = Math.ceil((units / 2 ** exponent) * PER_OCTAVE);
  return (exponent - MIN_EXPONENT) * PER_OCTAVE + Math.min(PER_OCTAVE, quarters - PER_OCTAVE);
}

/** Returns the largest size of a class; a whole number, except below 1. */
export function largestOf(index: number): number {
  const exponent = Math.floor(index / PER_OCTAVE) + MIN_EXPONENT;
  const size = (PER_OCTAVE + (index % PER_OCTAVE)) * 2 ** (exponent - 2);
  return wholeSize(size);
}

/** Returns a size rounded down to a whole number, unless it is below 1. */
export function wholeSize(size: number): number {
  return size < 1 ? size : Math.floor(size);
}

/** The batches after which a class is in doubt that was seen once, and is tried again. */
const PERIOD = 64;
/** It grows with the square of the number of times that a class was seen, up to this number. */
const MOST_SEEN = 4;
/** The same for the batches after which it may be left out. */
const MOST_SEEN_OLD = 16;
/** The batches after which it is tried again if, seen so seldom, it may well be the best. */
const SOON = 8;
/** The batches during which it is tried. If no such batch is run, it waits as long again. */
const TRIAL = 8;

/** The number of batches that the durations of a class count as, once they have been scaled. */
const SCALED_COUNT = 2;

/** The batch from which on a class is in doubt that was scaled. */
const SCALED = 0;

/** The batches of one class. */
export class SizeClass {
  readonly index: number;
  readonly durations: RunningMedian = new RunningMedian(REMEMBERED);
  /** The mean of their units. */
  units: number = 0;
  #seen = 0;
  #lastAt = 0;
  #doubtAt = SCALED;
  #oldAt = 0;
  #trialAt = 0;

  constructor(index: number) {
    this.index = index;
  }

  /**
   * Adds a batch, which is number `at` of the model.
   *
   * @param times the number of times that it counts as seen
   */
  add(units: number, ms: number, at: number, times = 1): void {
    // The durations so far are in doubt: they count as one, and the new one as another.
    if (this.#seen > 0 && this.isInDoubt(at)) this.durations.shrink(1);
    this.#seen += times;
    this.#doubtAt = at + PERIOD * Math.min(MOST_SEEN, this.#seen) ** 2;
    this.#oldAt = at + PERIOD * Math.min(MOST_SEEN_OLD, this.#seen) ** 2;
    this.#lastAt = at;
    this.durations.add(ms);
    this.units += (units - this.units) / this.durations.count;
  }

  /**
   * Multiplies its durations, of which some may have changed less or more: the class is in doubt,
   * and to be tried from batch number `trialAt` on.
   */
  scale(factor: number, trialAt: number): void {
    this.#doubtAt = SCALED;
    this.#trialAt = trialAt;
    this.durations.shrink(Math.min(SCALED_COUNT, this.durations.count));
    this.durations.scale(factor);
  }

  /** Multiplies its durations by another factor, if it was not seen since they were scaled. */
  rescale(factor: number): void {
    if (this.isScaled) this.durations.scale(factor);
  }

  /** Returns true if it was seen so seldom, or so long ago, that it may be wrong by now. */
  isOld(at: number): boolean {
    return at >= this.#oldAt;
  }

  /** Returns true if the next batch is to outweigh those before. */
  isInDoubt(at: number): boolean {
    return at >= this.#doubtAt;
  }

  /** True if all durations have changed since it was seen. */
  get isScaled(): boolean {
    return this.#doubtAt === SCALED;
  }

  /**
   * Returns true if a batch of its size is to be tried now.
   *
   * @param isLikely true if it may well be the best
   * @param cost how many times it takes as long as usual batches: then it is tried less often
   */
  isOnTrial(at: number, isLikely: boolean, cost: number): boolean {
    const seen = Math.min(MOST_SEEN, this.#seen);
    let period = PERIOD * seen ** 2;
    if (this.isScaled) return isWithin(at - this.#trialAt, 0, period);
    period = isLikely && seen < MOST_SEEN ? SOON * seen : period * Math.max(1, cost);
    return isWithin(at - this.#lastAt, period, period);
  }
}

/** Returns true during the trials, which begin at a time and last `TRIAL` batches every period. */
function isWithin(age: number, begin: number, period: number): boolean {
  return age >= begin && (age - begin) % (period + TRIAL) < TRIAL;
}
