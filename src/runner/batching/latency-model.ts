/**
 * LatencyModel: predicts the duration of a batch from those that have run.
 * @module
 */

/** The number of samples. Older ones are dropped, since machines and loads change. */
const MAX_SAMPLES = 50;

/** The first runs, which compile code and fill caches, are not representative. */
const SKIPPED = 2;

/** A batch that has run. */
interface Sample {
  readonly rows: number;
  readonly ms: number;
}

/**
 * The line `ms = a * rows + b` through the last samples, by least squares (BentoML's model, with
 * rows where BentoML counts requests).
 */
export class LatencyModel {
  readonly #samples: Sample[] = [];
  #seen = 0;
  #slope = 0;
  #fixed = 0;

  /** The milliseconds for each row; 0 before the first sample. */
  get a(): number {
    return this.#slope;
  }

  /** The milliseconds for a batch of any size; 0 before the first sample. */
  get b(): number {
    return this.#fixed;
  }

  /** True once there is a sample. */
  get known(): boolean {
    return this.#samples.length > 0;
  }

  /** Adds a batch that ran for `ms` milliseconds, unless it is one of the first two. */
  add(rows: number, ms: number): void {
    this.#seen += 1;
    if (this.#seen > SKIPPED) this.seed(rows, ms);
  }

  /** Adds a batch of the warm-up, whose code has run before. */
  seed(rows: number, ms: number): void {
    this.#seen = Math.max(this.#seen, SKIPPED);
    if (this.#samples.push({ rows, ms }) > MAX_SAMPLES) this.#samples.shift();
    this.#fit();
  }

  /** Returns the expected milliseconds of a batch; 0 before the first sample. */
  predict(rows: number): number {
    return this.#slope * rows + this.#fixed;
  }

  mean(rows: number): number {
    return this.predict(rows);
  }

  deviation(rows: number): number {
    return 0.03 * this.predict(rows);
  }

  best(max: number): number {
    return max;
  }

  #fit(): void {
    const n = this.#samples.length;
    const meanRows = this.#samples.reduce((sum, { rows }) => sum + rows, 0) / n;
    const meanMs = this.#samples.reduce((sum, { ms }) => sum + ms, 0) / n;
    let covariance = 0;
    let variance = 0;
    for (const { rows, ms } of this.#samples) {
      covariance += (rows - meanRows) * (ms - meanMs);
      variance += (rows - meanRows) ** 2;
    }
    // Batches of a single size determine no slope. More rows never make a batch cheaper.
    this.#slope = variance === 0 ? 0 : Math.max(0, covariance / variance);
    this.#fixed = Math.max(0, meanMs - this.#slope * meanRows);
  }
}
