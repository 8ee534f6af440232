/**
 * Answer: the place that answered a call, and the reason for it.
 * @module
 */

import type { Place } from "./latencies.ts";

/** The place that answered a call. */
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

/** Records the place of a response. */
export function markAnswer(response: Response, answer: Answer): Response {
  answers.set(response, answer);
  return response;
}

/** Returns the place of a response of `openService()`; `undefined` for any other response. */
export function answerOf(response: Response): Answer | undefined {
  return answers.get(response);
}
