/**
 * Series: one metric with one value for each label.
 * @module
 */

/** What all kinds of series have in common. */
export abstract class Series {
  /** The values of its labels, in the order of the definition. */
  readonly labels: readonly string[];
  #tell: (() => void) | undefined;
  /** Whether the next change is to be told. */
  #awaited = false;

  constructor(labels: readonly string[]) {
    this.labels = labels;
  }

  /** Has told that it is there, and then the first change after each `settle()`. */
  watch(tell: () => void): void {
    this.#tell = tell;
    tell();
  }

  /** The changes so far have been taken. */
  settle(): void {
    this.#awaited = true;
  }

  /** Called after each change: on the hot path, and nothing but a comparison there. */
  protected changed(): void {
    if (this.#awaited) this.#announce();
  }

  #announce(): void {
    this.#awaited = false;
    this.#tell?.();
  }
}
