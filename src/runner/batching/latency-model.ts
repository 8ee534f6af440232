/**
 * LatencyModel: predicts the duration of batches from those that have run.
 * @module
 */

import { BestSize } from "./best-size.ts";
import { CostCurve } from "./cost-curve.ts";
import type { Latency } from "./latency.ts";
import { RunningMedian } from "./running-median.ts";
import { Shift } from "./shift.ts";
import { classOf, SizeClass } from "./size-class.ts";

/** The first runs, which compile code and fill caches, are not representative. */
const SKIPPED = 2;

/** The number of batches that the deviation is taken from. */
const RESIDUALS = 32;
/** The relative deviation before there are any, and the number of batches that it counts for. */
const PRIOR_SPREAD = 0.1;
const PRIOR_COUNT = 8;
/** The standard deviation of a normal distribution, by its median absolute deviation. */
const PER_MEDIAN = 1.4826;

/** A duration beyond this multiple of the expected one counts as the multiple. */
const OUTLIER = Math.log(2.5);
/** In noisy times, the same by the relative deviation. */
const OUTLIER_SPREADS = 3;
/** A class with fewer batches is compared with nothing. */
const COMPARABLE = 2;
/** The resolution of a clock, in milliseconds. */
const RESOLUTION_MS = 0.02;

/**
 * A model of medians: of each class of sizes, the median of its last batches; between the classes,
 * lines. It makes no assumption on the shape of the cost but that it does not fall with the size,
 * and a batch that was late for a reason of its own changes next to nothing.
 */
export class LatencyModel implements Latency {
  /** In ascending order. */
  readonly #classes: SizeClass[] = [];
  readonly #byIndex: (SizeClass | undefined)[] = [];
  /** The relative deviations of the last batches, as logarithms. */
  readonly #residuals = new RunningMedian(RESIDUALS);
  readonly #shift = new Shift();
  readonly #bestSize = new BestSize();
  readonly #curve = new CostCurve();
  /** The classes of the points of the curve, and those that are left out of it. */
  #points: SizeClass[] = [];
  readonly #left: SizeClass[] = [];
  #isFitted = true;
  #line: readonly [number, number] | undefined;
  #bestFor = 0;
  #bestFound: number | undefined;
  #seen = 0;
  /** The number of batches that were learned from, and the end of the last outlier. */
  #at = 0;
  #outlierEndedAt = Number.NEGATIVE_INFINITY;

  constructor() {
    for (let at = 0; at < PRIOR_COUNT; at++) this.#residuals.add(PRIOR_SPREAD / PER_MEDIAN);
  }

  get known(): boolean {
    return this.#at > 0;
  }

  /** The milliseconds for each unit, as far as a line fits; 0 before the first batch. */
  get a(): number {
    return this.#fittedLine()[0];
  }

  /** The milliseconds for a batch of any size, as far as a line fits; 0 before the first batch. */
  get b(): number {
    return this.#fittedLine()[1];
  }

  /**
   * Adds a batch that ran for `ms` milliseconds, unless it is one of the first two.
   *
   * @param endedAt the time of its end, in milliseconds of a clock: of batches that ran at the same
   *   time, all may be late for one reason
   */
  add(units: number, ms: number, endedAt?: number): void {
    this.#seen += 1;
    if (this.#seen > SKIPPED) this.#learn(units, ms, endedAt);
  }

  /** Adds a batch of the warm-up, whose code has run before. */
  seed(units: number, ms: number): void {
    this.#seen = Math.max(this.#seen, SKIPPED);
    this.#learn(units, ms);
  }

  mean(units: number): number {
    if (!this.#isFitted) this.#fit();
    return this.#curve.at(units);
  }

  deviation(units: number): number {
    return this.#spread * this.mean(units);
  }

  best(maxUnits: number): number {
    // Of batches that take no time to speak of, none is better than another.
    if (this.mean(maxUnits) <= RESOLUTION_MS) return maxUnits;
    if (this.#bestFound === undefined || this.#bestFor !== maxUnits) {
      if (!this.#isFitted) this.#fit();
      this.#bestFor = maxUnits;
      this.#bestFound = this.#bestSize.find(maxUnits, {
        at: this.#at,
        curve: this.#curve,
        classes: this.#points,
        old: this.#left,
        spread: this.#spread,
      });
    }
    return this.#bestFound;
  }

  /** Returns the expected milliseconds of a batch; 0 before the first one. */
  predict(units: number): number {
    return this.mean(units);
  }

  get #spread(): number {
    return PER_MEDIAN * this.#residuals.median;
  }

  #learn(units: number, ms: number, endedAt = Number.POSITIVE_INFINITY): void {
    if (!(units > 0 && ms >= 0 && ms < Number.POSITIVE_INFINITY)) return;
    const expected = this.mean(units);
    const sizeClass = this.#classFor(units);
    const isComparable = sizeClass.durations.count >= COMPARABLE;
    const deviation = Math.log((ms + RESOLUTION_MS) / (expected + RESOLUTION_MS));
    const limit = Math.max(OUTLIER, OUTLIER_SPREADS * this.#spread);
    const isLate = isComparable && deviation > limit;
    const startedAt = endedAt - ms;
    // A pause of the process makes all batches late that run at the time, and is one event.
    const isCounted = !isLate || startedAt >= this.#outlierEndedAt;
    if (isLate && Number.isFinite(endedAt)) this.#outlierEndedAt = endedAt;
    this.#at += 1;
    if (isCounted) {
      const factor = Math.exp(limit);
      const least = isComparable ? expected / factor : 0;
      let most = Number.POSITIVE_INFINITY;
      if (isComparable) most = factor * expected + RESOLUTION_MS;
      else if (this.#curve.count > 0) most = Math.max(factor * expected, this.#atMost(units));
      sizeClass.add(units, Math.min(most, Math.max(least, ms)), this.#at);
    }
    if (isComparable) this.#residuals.add(Math.abs(deviation));
    this.#shift.add({
      sizeClass,
      ms,
      deviation: isComparable ? deviation : undefined,
      startedAt,
      endedAt,
    });
    const factor = this.#shift.factor(this.#spread);
    if (factor !== undefined) {
      for (const each of this.#classes) each.scale(factor);
      this.#shift.restore();
    }
    this.#isFitted = false;
    this.#line = undefined;
    this.#bestFound = undefined;
  }

  /** Returns the milliseconds of a size if nothing of the cost of the smallest one is fixed. */
  #atMost(units: number): number {
    return (this.#curve.ms(0) / this.#curve.units(0)) * units;
  }

  #classFor(units: number): SizeClass {
    const index = classOf(units);
    const known = this.#byIndex[index];
    if (known !== undefined) return known;
    const added = new SizeClass(index);
    this.#byIndex[index] = added;
    const before = this.#classes.findIndex((other) => other.index > index);
    this.#classes.splice(before === -1 ? this.#classes.length : before, 0, added);
    return added;
  }

  /** Fits the curve to the medians of the classes. */
  #fit(): void {
    this.#isFitted = true;
    this.#left.length = 0;
    this.#points = this.#classes;
    for (const each of this.#classes) if (each.isOld(this.#at)) this.#left.push(each);
    if (this.#left.length > 0) {
      this.#points = this.#classes.filter((each) => !each.isOld(this.#at));
      this.#push();
      // Classes that were not seen for long only count if they are as fast as the rest says: they
      // may have been slow by chance, and are not run again if they are too slow for a deadline.
      const slower = this.#left.filter(
        (each) => each.durations.median > this.#curve.at(each.units),
      );
      if (slower.length === this.#left.length) return;
      this.#left.length = 0;
      this.#left.push(...slower);
      this.#points = this.#classes.filter((each) => !slower.includes(each));
    }
    this.#push();
  }

  #push(): void {
    this.#curve.clear();
    for (const { units, durations } of this.#points) {
      this.#curve.push(units, durations.median, durations.count);
    }
    this.#curve.finish();
  }

  #fittedLine(): readonly [number, number] {
    if (!this.#isFitted) this.#fit();
    this.#line ??= this.#curve.line();
    return this.#line;
  }
}
