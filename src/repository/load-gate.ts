/**
 * LoadGate: lets a bounded number of models load at once, in the order in which they asked.
 * @module
 */

/** The loads of a repository. */
export class LoadGate {
  readonly #atOnce: number;
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  #running = 0;
  #closed: Error | undefined;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /**
   * Runs a load when its turn has come.
   *
   * @throws Error of the load, or the one that the gate was closed with
   */
  async run<T>(load: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#running >= this.#atOnce) {
      const turn = Promise.withResolvers<void>();
      this.#waiting.push(turn);
      await turn.promise;
    } else {
      this.#running += 1;
    }
    try {
      return await load();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next.resolve();
    }
  }

  /** Fails the loads that wait, and later ones. */
  close(error: Error): void {
    this.#closed = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
