/**
 * Transport: the protocol of a client.
 * @module
 */

import type { ApiFacts } from "./facts.ts";

/** One value, or a stream of them. */
export type Outcome = { readonly value: unknown } | { readonly items: AsyncIterable<unknown> };

/** One attempt of a call. */
export interface Attempt {
  readonly headers: Headers;
  /** The milliseconds that are left; undefined for no limit. */
  readonly timeoutMs: number | undefined;
  readonly lane: string | undefined;
  readonly signal: AbortSignal;
  readonly onResponse: ((response: Response) => void) | undefined;
}

/** The place of a server. */
export interface Place {
  /** Its URL, without a slash at the end. */
  readonly base: string;
  fetch(request: Request): Response | Promise<Response>;
}

/** Sends calls. */
export interface Transport {
  /**
   * Encodes the input of a call, and returns a function that sends it: once for each attempt.
   *
   * @throws TypeError for an input that the API does not take
   */
  open(
    place: Place,
    api: ApiFacts,
    input: unknown,
  ): Promise<(attempt: Attempt) => Promise<Outcome>>;
}
