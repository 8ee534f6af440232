/**
 * Interruptible work: generators that yield where other work may run.
 * @module
 */
import { nextTurn } from "../turns.ts";

/** Work in steps: yields after each step, and returns the result. */
export type Steps<T> = Generator<void, T, undefined>;

/** Runs all steps without interruption, and returns the result. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * Runs the steps in turns with other work on the event loop, and returns the result.
 *
 * @param signal aborts the work
 */
export async function finishInTurns<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    await nextTurn(signal);
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
