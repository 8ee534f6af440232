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

/** Work that can be interrupted: it yields where it may give way, and returns what it has made. */
export type Steps<T> = Generator<void, T, undefined>;

/** Does work at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * Does work that gives way to other work every few milliseconds.
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
