/**
 * RestFacts: the facts of a request to an HTTP route that are known before its body is read.
 * @module
 */

import type { Context as HonoContext } from "hono";
import { ServiceError } from "../error.ts";
import { onAbort, type RequestFacts } from "../invocation/request-facts.ts";
import { type CountedRequest, NOT_COUNTED } from "../service/request-metrics.ts";
import { callerTimeoutOf } from "./caller-timeout.ts";
import { COUNTED } from "./measure.ts";

/** The facts of one request. */
export class RestFacts implements RequestFacts {
  readonly protocol = "rest";
  readonly requestId: string;
  readonly endpoint: string;
  readonly timeoutMs: number;
  readonly callerTimeoutMs: number | undefined;
  readonly malformed: ServiceError | undefined;
  readonly counted: CountedRequest;
  readonly #request: Request;

  /** @param timeoutMs the time that the server allows the request */
  constructor(c: HonoContext, endpoint: string, timeoutMs: number) {
    this.#request = c.req.raw;
    this.requestId = c.get("requestId");
    this.endpoint = endpoint;
    this.timeoutMs = timeoutMs;
    const callerTimeout = callerTimeoutOf(this.#request.headers);
    if (callerTimeout instanceof ServiceError) this.malformed = callerTimeout;
    else this.callerTimeoutMs = callerTimeout;
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
