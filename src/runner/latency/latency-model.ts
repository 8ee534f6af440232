/**
 * LatencyModel: predicts the duration of batches from those that have run.
 * @module
 */

import { BestSize, bestKnown, type KnownSizes } from "./best-size.ts";
import { CostCurve } from "./cost-curve.ts";
import type { Latency } from "./latency.ts";
import { RunningMedian } from "./running-median.ts";
import { type Change, Shift } from "./shift.ts";
import { classOf, SizeClass } from "./size-class.ts";

/** The first runs, which compile code and fill caches, are not representative. */
const SKIPPED = 2;

/** The number of batches that one of the warm-up counts as: it ran alone. */
const SEEDED = 4;

/** The number of batches that the deviation is taken from. */
const RESIDUALS = 32;
/** The relative deviation before there are any, and the number of batches that it counts for. */
const PRIOR_SPREAD = 0.15;
const PRIOR_COUNT = 8;
/** The standard deviation of a normal distribution, by its median absolute deviation. */
const PER_MEDIAN = 1.4826;

/** A duration beyond this multiple of the expected one counts as the multiple. */
const OUTLIER = Math.log(2.5);
/** In noisy times, the same by the relative deviation. */
const OUTLIER_SPREADS = 3;
/** A class with fewer batches is compared with nothing. */
const COMPARABLE = 2;
/** The number of batches from which on the next size is tried after a shift. */
const TRIAL_DISTANCE = 2;
/** Sums of times of one clock are compared with this tolerance, in milliseconds. */
const ROUNDING_MS = 0.001;
/** The time of the main thread and of the hops for a batch of any size, in milliseconds. */
const PER_BATCH_MS = 0.2;
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
  /** The differences of one to the next, which a shift does not change. */
  readonly #differences = new RunningMedian(RESIDUALS);
  #lastDeviation: number | undefined;
  readonly #shift = new Shift();
  readonly #bestSize = new BestSize();
  /** The model of the durations that workers have measured, if they do. */
  #runs: LatencyModel | undefined;
  readonly #curve = new CostCurve();
  /** The classes of the points of the curve. */
  readonly #points: SizeClass[] = [];
  #isFitted = true;
  /** The last result of `mean()`, which `deviation()` asks for again. */
  #meanUnits = Number.NaN;
  #meanMs = 0;
  #line: readonly [number, number] | undefined;
  #bestFor = 0;
  #bestFound: number | undefined;
  #usualFor = 0;
  #usualFound: number | undefined;
  #seen = 0;
  /** The number of batches that were learned from, and the end of the last outlier. */
  #at = 0;
  #outlierEndedAt = Number.NEGATIVE_INFINITY;

  constructor() {
    this.#residuals.fill(PRIOR_SPREAD / PER_MEDIAN, PRIOR_COUNT);
    this.#differences.fill(PRIOR_SPREAD / PER_MEDIAN, PRIOR_COUNT);
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
   * @param endedAt its end, in ms of a clock: batches at the same time may be late for one reason
   * @param ranMs the milliseconds that its worker has measured, for the best size: the
   *   next batch is sent ahead while an answer waits for the main thread
   */
  add(units: number, ms: number, endedAt?: number, ranMs = 0): void {
    if (ranMs > 0) this.#runs ??= new LatencyModel();
    if (ranMs > 0) this.#runs?.add(units, ranMs + PER_BATCH_MS, endedAt);
    this.#seen += 1;
    if (this.#seen > SKIPPED) this.#learn(units, ms, endedAt);
  }

  /** Adds a batch of the warm-up, whose code has run before. */
  seed(units: number, ms: number, ranMs = 0): void {
    if (ranMs > 0) this.#runs ??= new LatencyModel();
    if (ranMs > 0) this.#runs?.seed(units, ranMs + PER_BATCH_MS);
    this.#seen = Math.max(this.#seen, SKIPPED);
    this.#learn(units, ms, Number.POSITIVE_INFINITY, SEEDED);
  }

  mean(units: number): number {
    if (!this.#isFitted) this.#fit();
    if (units === this.#meanUnits) return this.#meanMs;
    this.#meanUnits = units;
    this.#meanMs = this.#curve.at(units);
    return this.#meanMs;
  }

  /** Returns the milliseconds that a batch takes at most, except for the deviation. */
  most(units: number): number {
    if (!this.#isFitted) this.#fit();
    return this.#curve.most(units);
  }

  deviation(units: number): number {
    return this.#spread * this.mean(units);
  }

  /**
   * Returns the size up to `maxUnits` that the next batch is to have if there are units enough:
   * mostly the best known one, and now and then another that may be better.
   */
  best(maxUnits: number): number {
    if (this.#runs?.known) return this.#runs.best(maxUnits);
    // Of batches that take next to no time, none is better than another.
    if (this.mean(maxUnits) <= RESOLUTION_MS) return maxUnits;
    if (this.#bestFound === undefined || this.#bestFor !== maxUnits) {
      this.#bestFor = maxUnits;
      this.#bestFound = this.#bestSize.find(maxUnits, this.#knownSizes());
    }
    return this.#bestFound;
  }

  /** Returns the best known size up to `maxUnits`, which most batches of a forecast will have. */
  usual(maxUnits: number): number {
    if (this.#runs?.known) return this.#runs.usual(maxUnits);
    if (this.#usualFound === undefined || this.#usualFor !== maxUnits) {
      this.#usualFor = maxUnits;
      this.#usualFound = bestKnown(maxUnits, this.#knownSizes());
    }
    return this.#usualFound;
  }

  lagMs(units: number): number {
    return this.#runs?.known ? Math.max(0, this.mean(units) - this.#runs.mean(units)) : 0;
  }

  get #spread(): number {
    return PER_MEDIAN * this.#residuals.median;
  }

  /** The relative deviation from batch to batch, as long as nothing else changes. */
  get #noise(): number {
    return PER_MEDIAN * this.#differences.median;
  }

  #learn(units: number, givenMs: number, endedAt = Number.POSITIVE_INFINITY, times = 1): void {
    if (!(units > 0 && givenMs >= 0 && givenMs < Number.POSITIVE_INFINITY)) return;
    // No clock measures less, and a cost of 0 would make any other one look like a shift.
    const ms = Math.max(RESOLUTION_MS, givenMs);
    const expected = this.mean(units);
    const sizeClass = this.#classFor(units);
    const isComparable = sizeClass.durations.count >= COMPARABLE;
    const deviation = Math.log((ms + RESOLUTION_MS) / (expected + RESOLUTION_MS));
    const limit = Math.max(OUTLIER, OUTLIER_SPREADS * this.#noise);
    const isLate = isComparable && deviation > limit;
    const startedAt = endedAt - ms;
    // A pause of the process makes all batches late that run at the time, and is one event.
    const isCounted = !isLate || startedAt + ROUNDING_MS >= this.#outlierEndedAt;
    if (isLate && Number.isFinite(endedAt)) this.#outlierEndedAt = endedAt;
    this.#at += 1;
    if (isCounted) {
      const factor = Math.exp(limit);
      const isTrusted = isComparable && !sizeClass.isInDoubt(this.#at);
      const least = isTrusted ? expected / factor : 0;
      let most = Number.POSITIVE_INFINITY;
      if (isTrusted) most = factor * expected + RESOLUTION_MS;
      else if (this.#curve.count > 0) most = Math.max(factor * expected, this.#curve.most(units));
      sizeClass.add(units, Math.min(most, Math.max(least, ms)), this.#at, times);
    }
    if (isComparable) {
      this.#residuals.add(Math.abs(deviation));
      const difference = Math.abs(deviation - (this.#lastDeviation ?? deviation));
      if (this.#lastDeviation !== undefined) this.#differences.add(difference / Math.SQRT2);
      this.#lastDeviation = deviation;
    }
    const change = this.#shift.add(
      {
        sizeClass,
        ms,
        expectedMs: expected,
        deviation: isComparable ? deviation : undefined,
        isRepeated: !isCounted,
        startedAt,
        endedAt,
      },
      this.#noise,
    );
    if (change !== undefined) this.#rescale(change, Math.exp(limit));
    this.#isFitted = false;
    this.#line = undefined;
    this.#bestFound = undefined;
    this.#usualFound = undefined;
  }

  /** Multiplies all durations, except those of the batches that have shown the change. */
  #rescale({ factor, isNew }: Change, limit: number): void {
    const shown = this.#shift.take();
    if (!isNew) {
      for (const sizeClass of this.#classes) sizeClass.rescale(factor);
      return;
    }
    this.#residuals.fill(this.#differences.median, PRIOR_COUNT);
    let trialAt = this.#at;
    for (const sizeClass of this.#classes) {
      trialAt += TRIAL_DISTANCE;
      sizeClass.scale(factor, trialAt);
    }
    for (const { sizeClass, ms, expectedMs } of shown) {
      sizeClass.add(sizeClass.units, Math.min(limit * factor * expectedMs, ms), this.#at);
    }
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

  /**
   * Fits the curve to the medians of the classes. Of those that were not seen for long, only the
   * ones count that are as fast as the others say: they may have been slow by chance, and would not
   * be run again if they seemed too slow for a deadline.
   */
  #fit(): void {
    this.#isFitted = true;
    this.#meanUnits = Number.NaN;
    const points = this.#points;
    points.length = 0;
    for (const sizeClass of this.#classes) if (!sizeClass.isOld(this.#at)) points.push(sizeClass);
    this.#push();
    if (points.length === this.#classes.length) return;
    points.length = 0;
    for (const sizeClass of this.#classes) {
      const { units, durations } = sizeClass;
      const isSlower = durations.median > this.#curve.at(units);
      if (!(isSlower && sizeClass.isOld(this.#at))) points.push(sizeClass);
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

  #knownSizes(): KnownSizes {
    if (!this.#isFitted) this.#fit();
    return {
      at: this.#at,
      curve: this.#curve,
      classes: this.#points,
      all: this.#classes,
      spread: this.#spread,
    };
  }

  #fittedLine(): readonly [number, number] {
    if (!this.#isFitted) this.#fit();
    this.#line ??= this.#curve.line();
    return this.#line;
  }
}
