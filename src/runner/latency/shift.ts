/**
 * Shift: detects that all batches have become slower or faster.
 * @module
 */

import type { SizeClass } from "./size-class.ts";

/** The number of batches that show a large shift, and the least mean of their deviations. */
const FEW = 5;
const LEAST_OF_FEW = Math.log(1.2);
/** The most by which their deviations differ; and by the relative deviation in noisy times. */
const LIKE = Math.log(2);
const LIKE_SPREADS = 4.5;
/** The same of smaller shifts, by the number of batches that show them. */
const LEAST_OF: readonly (readonly [number, number])[] = [
  [10, Math.log(1.15)],
  [20, Math.log(1.1)],
];
/** The share of these that deviates to the same side. */
const SAME_SIDE = 0.8;
/** The least deviation of each that counts. */
const LEAST = Math.log(1.05);
/** The least mean as a multiple of its standard error. */
const ERRORS = 5;
/** The same soon after a shift, whose size is known from a few batches only. */
const ERRORS_AFTER = 2.5;
const AFTER = 20;
/** The standard error of the median of a class, as a multiple of the relative deviation. */
const MEDIAN_ERROR = 0.25;
/** A deviation beyond this multiple of the usual one counts as the multiple. */
const MOST_SPREADS = 2.5;
const MOST = Math.log(1.5);
/** The times of one clock are compared with this tolerance. */
const ROUNDING_MS = 0.001;
/** The number of batches that are remembered. */
const REMEMBERED = 32;

/** A batch that has run. */
export interface Observation {
  readonly sizeClass: SizeClass;
  readonly ms: number;
  readonly expectedMs: number;
  /** The logarithm of its duration by the expected one; `undefined` if none was to be expected. */
  readonly deviation: number | undefined;
  /** True if it was late at the same time as another. */
  readonly isRepeated: boolean;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A change of all durations. */
export interface Change {
  readonly factor: number;
  /** False if it corrects the one before. */
  readonly isNew: boolean;
}

/** The last batches. */
export class Shift {
  /** The last one first. */
  #last: Observation[] = [];
  /** The number of batches until the last shift is over. */
  #after = 0;

  /**
   * Adds a batch.
   *
   * @param spread the relative deviation of durations that is usual
   * @return the ratio of the durations by those that were expected, if it has changed
   */
  add(observation: Observation, spread: number): Change | undefined {
    this.#last.unshift(observation);
    if (this.#last.length > REMEMBERED) this.#last.pop();
    if (observation.deviation === undefined) return undefined;
    this.#after -= 1;
    const few = this.#ofFew(spread);
    const length = few ?? this.#ofMany(spread);
    if (length === undefined) return undefined;
    const isNew = few !== undefined || this.#after <= 0;
    this.#last.length = length;
    if (isNew) this.#after = AFTER;
    const ratios = this.#last
      .filter(({ deviation }) => deviation !== undefined)
      .map(({ ms, expectedMs }) => ms / Math.max(Number.EPSILON, expectedMs))
      .sort((one, other) => one - other);
    return { factor: ratios[ratios.length >> 1] ?? 1, isNew };
  }

  /** Removes and returns the batches of a shift. */
  take(): readonly Observation[] {
    const taken = this.#last;
    this.#last = [];
    return taken;
  }

  /** Returns the number of batches if the last few all deviate to the same side, and by much. */
  #ofFew(spread: number): number | undefined {
    const newest = this.#last[0];
    if (newest?.deviation === undefined) return undefined;
    const side = Math.sign(newest.deviation);
    let count = 0;
    let sum = 0;
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    let isSequence = false;
    for (let at = 0; at < this.#last.length; at++) {
      const { deviation, endedAt } = this.#last[at] as Observation;
      // All that ran at the same time may have been late for one reason.
      if (endedAt <= newest.startedAt + ROUNDING_MS) isSequence = true;
      if (deviation === undefined) continue;
      if (deviation * side < LEAST) return undefined;
      sum += deviation * side;
      least = Math.min(least, deviation * side);
      most = Math.max(most, deviation * side);
      count += 1;
      if (count < FEW) continue;
      // Neither is it one if some are late and the others about as usual.
      if (!isSequence || most - least > Math.max(LIKE, LIKE_SPREADS * spread)) return undefined;
      const leastMean = Math.max(LEAST_OF_FEW, ERRORS * errorOf(FEW, spread));
      return sum >= FEW * leastMean ? at + 1 : undefined;
    }
    return undefined;
  }

  /** Returns the number of batches if most of the last ones deviate to the same side. */
  #ofMany(spread: number): number | undefined {
    const most = Math.max(MOST, MOST_SPREADS * spread);
    let count = 0;
    let sum = 0;
    const errors = this.#after > 0 ? ERRORS_AFTER : ERRORS;
    let slower = 0;
    let faster = 0;
    let next = 0;
    for (let at = 0; at < this.#last.length; at++) {
      const { deviation, isRepeated } = this.#last[at] as Observation;
      if (deviation === undefined || isRepeated) continue;
      count += 1;
      sum += Math.max(-most, Math.min(most, deviation));
      if (deviation > LEAST) slower += 1;
      if (deviation < -LEAST) faster += 1;
      const [length, leastMean] = LEAST_OF[next] ?? [0, 0];
      if (count < length) continue;
      const same = sum > 0 ? slower : faster;
      const least = Math.max(leastMean, errors * errorOf(count, spread));
      if (Math.abs(sum) >= count * least && same >= SAME_SIDE * count) return at + 1;
      next += 1;
      if (next === LEAST_OF.length) return undefined;
    }
    return undefined;
  }
}

/** Returns the standard error of the mean of some deviations from medians. */
function errorOf(count: number, spread: number): number {
  return spread * Math.sqrt(1 / count + MEDIAN_ERROR ** 2);
}
