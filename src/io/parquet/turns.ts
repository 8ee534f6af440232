/**
 * Turns: long work gives way to other work every few milliseconds.
 * @module
 */

/** How long work may go on at a time. */
const TURN_MS = 10;

/** The turns of one piece of work. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  #began = performance.now();

  /** @param signal ends the work */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Waits for everything else when a turn is over. It throws the reason of an aborted signal. */
  async giveWay(): Promise<void> {
    this.#signal?.throwIfAborted();
    if (performance.now() - this.#began < TURN_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#began = performance.now();
  }
}
