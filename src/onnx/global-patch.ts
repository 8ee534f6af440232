/**
 * GlobalPatch: globals of a thread that are replaced while sessions are created, since ONNX Runtime
 * has no option for what it does with them.
 * @module
 */

/** Replaces globals while at least one piece of work needs it. */
export class GlobalPatch<A extends readonly unknown[]> {
  readonly #replace: (...args: A) => () => void;
  #users = 0;
  #putBack: () => void = () => {};

  /** @param replace replaces them, and returns a function that puts them back */
  constructor(replace: (...args: A) => () => void) {
    this.#replace = replace;
  }

  /**
   * Runs work with the globals replaced.
   *
   * @param args the arguments of `replace`. Those of the first of several at a time are used
   */
  async during<T>(work: () => Promise<T>, ...args: A): Promise<T> {
    if (this.#users === 0) this.#putBack = this.#replace(...args);
    this.#users += 1;
    try {
      return await work();
    } finally {
      this.#users -= 1;
      if (this.#users === 0) this.#putBack();
    }
  }
}
