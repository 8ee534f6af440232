/**
 * HTTP calls of a benchmark, by the `fetch` of the runtime.
 * @module
 */

import type { Answer, Call } from "./loads.ts";

/** The request that a benchmark repeats. */
export interface BenchRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
}

/** The error answer that is shown, of the first call that got one. */
export interface FirstFailure {
  text?: string;
}

/** The longest text of an error that is shown. */
const MAX_TEXT = 300;

/**
 * Returns a function that sends a request and reads its answer to the end.
 *
 * @param timeoutMs the time after which a call is given up, in milliseconds
 * @param failure gets the text of the first error
 */
export function httpCall(request: BenchRequest, timeoutMs: number, failure: FirstFailure): Call {
  const { url, ...rest } = request;
  return async (signal): Promise<Answer> => {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const both = AbortSignal.any([signal, timeout]);
      const response = await fetch(url, { ...rest, signal: both, redirect: "manual" });
      const body = await response.arrayBuffer();
      if (response.status >= 400 && failure.text === undefined) {
        failure.text = new TextDecoder().decode(body).trim().slice(0, MAX_TEXT);
      }
      return { outcome: response.status, bytes: body.byteLength };
    } catch (error) {
      if (timeout.aborted) return { outcome: "timeout", bytes: 0 };
      if (!signal.aborted) failure.text ??= reasonOf(error).slice(0, MAX_TEXT);
      return { outcome: "connection", bytes: 0 };
    }
  };
}

/** Returns the reason of a failed connection: Node has it in the cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message || error.name;
}
