/**
 * LatencyModel: how long a batch of n rows takes, learned from those that have run.
 * @module
 */

/** Samples that are kept; older ones are forgotten, as machines and loads change. */
const MAX_SAMPLES = 50;

/** The first runs compile code and fill caches: they say nothing of the later ones. */
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

  /** Milliseconds for each row; 0 until something is known. */
  get a(): number {
    return this.#slope;
  }

  /** Milliseconds for a batch of whatever size; 0 until something is known. */
  get b(): number {
    return this.#fixed;
  }

  /** Whether anything has been learned. */
  get known(): boolean {
    return this.#samples.length > 0;
  }

  /** Takes a batch that ran for `ms` milliseconds into account, but for the first two. */
  add(rows: number, ms: number): void {
    this.#seen += 1;
    if (this.#seen > SKIPPED) this.seed(rows, ms);
  }

  /** Takes a batch of a warm-up into account: one that had run before. */
  seed(rows: number, ms: number): void {
    this.#seen = Math.max(this.#seen, SKIPPED);
    if (this.#samples.push({ rows, ms }) > MAX_SAMPLES) this.#samples.shift();
    this.#fit();
  }

  /** Milliseconds that a batch is expected to take; 0 until something is known. */
  predict(rows: number): number {
    return this.#slope * rows + this.#fixed;
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
    // Batches of one size only say what that size costs; more rows never make a batch cheaper.
    this.#slope = variance === 0 ? 0 : Math.max(0, covariance / variance);
    this.#fixed = Math.max(0, meanMs - this.#slope * meanRows);
  }
}
