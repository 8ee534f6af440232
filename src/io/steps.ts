/**
 * Interruptible work: generators that yield where other work may come between.
 * @module
 */
import { nextTurn } from "../turns.ts";

/** Work in steps: yields after each of them, and returns the result. */
export type Steps<T> = Generator<void, T, undefined>;

/** Runs work to its end, without interruption. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * Runs work in turns with everything else on the event loop.
 *
 * @param signal ends the work
 */
export async function finishInTurns<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    await nextTurn(signal);
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
