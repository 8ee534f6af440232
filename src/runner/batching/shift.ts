/**
 * Shift: detects that all batches have become slower or faster.
 * @module
 */

import type { SizeClass } from "./size-class.ts";

/** The number of batches that have to deviate to the same side. */
const BATCHES = 5;
/** The number of batches among which they are. */
const REMEMBERED = 12;
/** The least deviation of each, and of their mean. */
const LEAST = Math.log(1.08);
const LEAST_MEAN = Math.log(1.2);
/** The least mean as a multiple of the relative deviation. */
const SPREADS = 1.5;

/** A batch that has run. */
export interface Observation {
  readonly sizeClass: SizeClass;
  readonly ms: number;
  /** The logarithm of its duration by the expected one; `undefined` if none was to be expected. */
  readonly deviation: number | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The last batches. */
export class Shift {
  /** The last ones first. */
  #last: Observation[] = [];
  #deviating: Observation[] = [];

  /** Adds a batch. */
  add(observation: Observation): void {
    this.#last.unshift(observation);
    if (this.#last.length > REMEMBERED) this.#last.pop();
  }

  /** Returns the ratio of the durations by those expected if it has changed; else `undefined`. */
  factor(spread: number): number | undefined {
    const [newest] = this.#last;
    if (newest?.deviation !== undefined && Math.abs(newest.deviation) < LEAST) return undefined;
    const deviations: number[] = [];
    let sum = 0;
    let sign = 0;
    this.#deviating = [];
    for (const observation of this.#last) {
      this.#deviating.push(observation);
      const { deviation } = observation;
      if (deviation === undefined) continue;
      if (sign === 0) sign = Math.sign(deviation);
      if (deviation * sign < LEAST) return undefined;
      sum += deviation;
      if (deviations.push(deviation) === BATCHES) break;
    }
    if (deviations.length < BATCHES) return undefined;
    if (Math.abs(sum / BATCHES) < Math.max(LEAST_MEAN, SPREADS * spread)) return undefined;
    // All at the same time may have been late for one reason.
    const startedAt = this.#deviating[0]?.startedAt ?? 0;
    if (!this.#deviating.some(({ endedAt }) => endedAt <= startedAt)) return undefined;
    deviations.sort((one, other) => one - other);
    return Math.exp(deviations[BATCHES >> 1] ?? 0);
  }

  /** Adds the durations of these batches to their classes, once those have been scaled. */
  restore(): void {
    for (const { sizeClass, ms } of this.#deviating) {
      sizeClass.durations.add(ms);
    }
    this.#last = [];
  }
}
