/**
 * HttpFacts: the facts of a request over HTTP that are known before its body is read.
 * @module
 */

import { ServiceError } from "../error.ts";
import type { RequestFacts } from "../invocation/request-facts.ts";
import { REQUEST_ID, requestIdOf } from "../invocation/request-id.ts";
import type { CountedRequest } from "../service/request-metrics.ts";
import { callerTimeoutOf } from "./caller-timeout.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ReceivedRequest } from "./received-request.ts";

/** The facts of one request. */
export class HttpFacts implements RequestFacts {
  readonly protocol: string;
  readonly requestId: string;
  readonly endpoint: string;
  readonly timeoutMs: number;
  readonly callerTimeoutMs: number | undefined;
  readonly malformed: ServiceError | undefined;
  readonly counted: CountedRequest;
  readonly #request: ReceivedRequest;

  /** @param timeoutMs the time that the server allows the request */
  constructor(
    request: ReceivedRequest,
    { protocol, name }: Pick<Endpoint, "protocol" | "name">,
    timeoutMs: number,
    counted: CountedRequest,
  ) {
    this.#request = request;
    this.requestId = requestIdOf(request.header(REQUEST_ID));
    this.protocol = protocol;
    this.endpoint = name;
    this.timeoutMs = timeoutMs;
    const callerTimeout = callerTimeoutOf(request);
    if (callerTimeout instanceof ServiceError) this.malformed = callerTimeout;
    else this.callerTimeoutMs = callerTimeout;
    this.counted = counted;
  }

  get url(): string {
    return this.#request.url;
  }

  get headers(): Headers {
    return this.#request.headers;
  }

  get peer(): string | undefined {
    return this.#request.peer;
  }

  header(name: string): string | null {
    return this.#request.header(name);
  }

  onDisconnect(listener: () => void): () => void {
    return this.#request.onDisconnect(listener);
  }
}
