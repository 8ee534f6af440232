/**
 * CostCurve: the duration of batches by their size, as lines between known sizes.
 * @module
 */

/** The milliseconds by units: never falling, never negative. */
export class CostCurve {
  #count = 0;
  #units = new Float64Array(16);
  #ms = new Float64Array(16);
  #weights = new Float64Array(16);
  /** The number of points of each run of equal durations, while points are added. */
  #runs = new Int32Array(16);
  #runCount = 0;
  /** The milliseconds a unit below the smallest and beyond the largest size. */
  #slopeBelow = 0;
  #slopeBeyond = 0;

  /** The number of points. */
  get count(): number {
    return this.#count;
  }

  /** Returns the units of a point. */
  units(point: number): number {
    return this.#units[point] ?? 0;
  }

  /** Returns the milliseconds of a point. */
  ms(point: number): number {
    return this.#ms[point] ?? 0;
  }

  /** Removes all points. */
  clear(): void {
    this.#count = 0;
    this.#runCount = 0;
  }

  /**
   * Adds a point that is larger than those before. Points whose durations fall with their size are
   * pooled to their weighted mean (isotonic regression by pooling adjacent violators).
   */
  push(units: number, ms: number, weight: number): void {
    if (this.#count === this.#units.length) this.#grow();
    this.#units[this.#count] = units;
    this.#count += 1;
    let length = 1;
    let pooledMs = ms;
    let pooledWeight = weight;
    while (this.#runCount > 0) {
      const previous = this.#runCount - 1;
      const previousMs = this.#ms[this.#count - 1 - length] ?? 0;
      if (previousMs <= pooledMs) break;
      const previousWeight = this.#weights[previous] ?? 0;
      const sum = previousWeight + pooledWeight;
      pooledMs = (previousMs * previousWeight + pooledMs * pooledWeight) / sum;
      pooledWeight = sum;
      length += this.#runs[previous] ?? 0;
      this.#runCount = previous;
    }
    this.#runs[this.#runCount] = length;
    this.#weights[this.#runCount] = pooledWeight;
    this.#runCount += 1;
    for (let point = this.#count - length; point < this.#count; point++) {
      this.#ms[point] = pooledMs;
    }
  }

  /** Called when all points have been added. */
  finish(): void {
    const last = this.#count - 1;
    if (last < 0) return;
    let above = 0;
    while (above < last && this.units(above) < 2 * this.units(0)) above++;
    let under = last;
    while (under > 0 && 2 * this.units(under) > this.units(last)) under--;
    // Of a single size, half of the duration is taken for a fixed cost when fewer units are asked
    // for, and all of it when more are: sizes that were not seen look good enough to be tried.
    this.#slopeBelow = above === 0 ? this.ms(0) / this.units(0) / 2 : this.#slope(0, above, 0);
    this.#slopeBeyond = under === last ? 0 : this.#slope(under, last, last);
  }

  /** Returns the milliseconds of a size; 0 without points. */
  at(units: number): number {
    const last = this.#count - 1;
    if (last < 0) return 0;
    const smallest = this.#units[0] ?? 0;
    if (units <= smallest) {
      return Math.max(0, this.ms(0) - this.#slopeBelow * (smallest - Math.max(0, units)));
    }
    const largest = this.#units[last] ?? 0;
    if (units >= largest) return this.ms(last) + this.#slopeBeyond * (units - largest);
    let low = 0;
    let high = last;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#units[middle] ?? 0) <= units) low = middle;
      else high = middle;
    }
    const from = this.#units[low] ?? 0;
    const share = (units - from) / ((this.#units[high] ?? 0) - from);
    const ms = this.#ms[low] ?? 0;
    return ms + share * ((this.#ms[high] ?? 0) - ms);
  }

  /**
   * Returns the milliseconds that a size takes at most: those of the next larger known size or,
   * beyond the largest, those of a cost without a fixed part; 0 without points.
   */
  most(units: number): number {
    const last = this.#count - 1;
    if (last < 0) return 0;
    const largest = this.units(last);
    if (units >= largest) return (this.ms(last) / largest) * units;
    let point = last;
    while (point > 0 && this.units(point - 1) >= units) point--;
    return this.ms(point);
  }

  /** Returns the line `[slope, intercept]` through the points, which fits relative durations. */
  line(): readonly [number, number] {
    let sum = 0;
    let sumUnits = 0;
    let sumMs = 0;
    let sumSquares = 0;
    let sumProducts = 0;
    for (let point = 0; point < this.#count; point++) {
      const units = this.units(point);
      const ms = this.ms(point);
      const weight = 1 / Math.max(1e-6, ms) ** 2;
      sum += weight;
      sumUnits += weight * units;
      sumMs += weight * ms;
      sumSquares += weight * units * units;
      sumProducts += weight * units * ms;
    }
    if (sum === 0) return [0, 0];
    const variance = sum * sumSquares - sumUnits ** 2;
    const isOneSize = variance <= 1e-9 * sum * sumSquares;
    const slope = isOneSize ? 0 : Math.max(0, (sum * sumProducts - sumUnits * sumMs) / variance);
    const intercept = (sumMs - slope * sumUnits) / sum;
    return intercept < 0 ? [sumProducts / sumSquares, 0] : [slope, intercept];
  }

  /** Returns the slope between two points, at most that of a cost without a fixed part. */
  #slope(from: number, to: number, nearest: number): number {
    const slope = (this.ms(to) - this.ms(from)) / (this.units(to) - this.units(from));
    return Math.min(slope, this.ms(nearest) / this.units(nearest));
  }

  #grow(): void {
    this.#units = twice(this.#units);
    this.#ms = twice(this.#ms);
    this.#weights = twice(this.#weights);
    const runs = new Int32Array(2 * this.#runs.length);
    runs.set(this.#runs);
    this.#runs = runs;
  }
}

/** Returns a copy with room for twice as many values. */
function twice(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}
