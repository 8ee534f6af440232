/**
 * Turns: long work that yields to the event loop every few milliseconds.
 * @module
 */

/** The length of one turn. */
const TURN_MS = 10;

/** The turns of one piece of work: a timer that tells when to yield. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  #began = performance.now();

  /** @param signal ends the work */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Yields to the event loop when the turn is over. Throws the reason of an aborted signal. */
  async giveWay(): Promise<void> {
    this.#signal?.throwIfAborted();
    if (performance.now() - this.#began < TURN_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#began = performance.now();
  }
}

/** Interruptible work: a generator that yields at points of interruption and returns the result. */
export type Steps<T> = Generator<void, T, undefined>;

/** Runs work to its end, without interruption. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * Runs work, and yields to the event loop every few milliseconds.
 *
 * @param signal ends the work
 */
export async function inTurns<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  const turns = new Turns(signal);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await turns.giveWay();
  }
}
