/**
 * Series: one metric with one value for each label.
 * @module
 */

/** Finds the series that takes the place of a removed one. */
export interface Successors<S> {
  /** Returns it, if there is one. */
  find(): S | undefined;
  /** Returns it, new if there is none. */
  findOrCreate(): S;
}

/** The common part of the series of every type. */
export abstract class Series {
  /** The values of its labels, in the order of the definition. */
  readonly labels: readonly string[];
  #successors: Successors<this> | undefined;
  #onChange: (() => void) | undefined;
  /** True if the next change is announced. */
  #announcesNext = false;
  #isReported = false;

  constructor(labels: readonly string[]) {
    this.labels = labels;
  }

  /** Announces the series itself, and then the first change after each `settle()`. */
  watch(onChange: () => void): void {
    this.#onChange = onChange;
    onChange();
  }

  /** Records that the changes so far were taken. */
  settle(): void {
    this.#announcesNext = true;
    this.#isReported = true;
  }

  /** True if its changes were taken at least once. */
  get isReported(): boolean {
    return this.#isReported;
  }

  /**
   * Records that the series was removed. A program may have kept it, and may go on using it: then
   * it uses the series that has taken its place.
   */
  retire(successors: Successors<this>): void {
    this.#successors = successors;
  }

  /** The series to use in its place, once it is removed. */
  protected get successors(): Successors<this> | undefined {
    return this.#successors;
  }

  /** Called after each change: on the hot path, and nothing but a comparison there. */
  protected changed(): void {
    if (this.#announcesNext) this.#announce();
  }

  #announce(): void {
    this.#announcesNext = false;
    this.#onChange?.();
  }
}
