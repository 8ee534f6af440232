/** A criterion that every cell of a benchmark must meet, and the worst cell. */

export class Criterion {
  readonly #what: string;
  readonly #wanted: number;
  readonly #tolerance: number;
  #cells = 0;
  #short = 0;
  #worst = Number.POSITIVE_INFINITY;
  #where = "";

  /** @param tolerance the share of `wanted` by which a cell may fall short: that is a tie */
  constructor(what: string, wanted: number, tolerance = 0) {
    this.#what = what;
    this.#wanted = wanted;
    this.#tolerance = tolerance;
  }

  /** Adds a cell. One that could not be measured (NaN) does not meet the criterion. */
  add(value: number, where: string): void {
    this.#cells += 1;
    const isMet = value >= this.#wanted * (1 - this.#tolerance);
    if (!isMet) this.#short += 1;
    if (value >= this.#worst) return;
    this.#worst = value;
    this.#where = where;
  }

  get isMet(): boolean {
    return this.#cells > 0 && this.#short === 0;
  }

  /** Two lines: whether it is met, and the worst cell. */
  verdict(): string {
    const tie = this.#tolerance > 0 ? ` (${100 * this.#tolerance} % less is a tie)` : "";
    const words = this.isMet ? "met" : `NOT met in ${this.#short} of ${this.#cells} cells`;
    const worst = `${this.#worst.toFixed(4)}: ${this.#where}`;
    return `${this.#what} >= ${this.#wanted}${tie}: ${words}\n  worst of ${this.#cells}: ${worst}`;
  }
}
