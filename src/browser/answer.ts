/**
 * Answer: where a call was answered, and why there.
 * @module
 */

import type { Place } from "./latencies.ts";

/** Where a call was answered. */
export interface Answer {
  /** `local` for this browser. */
  readonly place: Place;
  /** The reason, in a few words, such as `measured 4.0 ms here and 31 ms at the server`. */
  readonly reason: string;
  /** The time until the answer began, in milliseconds. */
  readonly durationMs: number;
  /** The place where the call was begun before, but not answered. */
  readonly triedAt?: Place;
}

const answers = new WeakMap<Response, Answer>();

/** Records where a response is from. */
export function markAnswer(response: Response, answer: Answer): Response {
  answers.set(response, answer);
  return response;
}

/** Returns where a response of `openService()` is from; `undefined` for any other. */
export function answerOf(response: Response): Answer | undefined {
  return answers.get(response);
}
