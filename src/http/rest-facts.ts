/**
 * RestFacts: the facts of a request to an HTTP route that are known before its body is read.
 * @module
 */

import type { Context as HonoContext } from "hono";
import { MAX_TIMER_MS } from "../clock.ts";
import { invalidArgument } from "../error.ts";
import { onAbort, type RequestFacts } from "../invocation/request-facts.ts";
import { excerpt } from "../io/wording.ts";
import { type CountedRequest, NOT_COUNTED } from "../service/request-metrics.ts";
import { COUNTED } from "./measure.ts";

/** The header with the time that the caller will wait, in milliseconds. */
const TIMEOUT = "ekiben-timeout-ms";

/** The facts of one request. */
export class RestFacts implements RequestFacts {
  readonly requestId: string;
  readonly endpoint: string;
  readonly timeoutMs: number;
  readonly callerTimeoutMs: number | undefined;
  readonly counted: CountedRequest;
  readonly #request: Request;

  /**
   * @param timeoutMs the time that the server allows the request
   * @throws ServiceError `invalid_argument` for a header `Ekiben-Timeout-Ms` that is not a number
   */
  constructor(c: HonoContext, endpoint: string, timeoutMs: number) {
    this.#request = c.req.raw;
    this.requestId = c.get("requestId");
    this.endpoint = endpoint;
    this.timeoutMs = timeoutMs;
    this.callerTimeoutMs = timeoutOf(this.header(TIMEOUT));
    this.counted = c.get(COUNTED) ?? NOT_COUNTED;
  }

  get url(): string {
    return this.#request.url;
  }

  get headers(): Headers {
    return this.#request.headers;
  }

  header(name: string): string | null {
    return this.#request.headers.get(name);
  }

  onDisconnect(listener: () => void): () => void {
    return onAbort(this.#request.signal)(listener);
  }
}

function timeoutOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,10}$/.test(header)) return Math.min(Number(header), MAX_TIMER_MS);
  throw invalidArgument(
    `Ekiben-Timeout-Ms must be milliseconds, at most ten digits, but was "${excerpt(header)}"`,
  );
}
