/**
 * Counted: a request that is counted in its series, and that listeners watch.
 * @module
 */

import { httpStatus } from "../error.ts";
import type { Counter } from "../metrics/types/counter.ts";
import type { Gauge } from "../metrics/types/gauge.ts";
import type { Histogram } from "../metrics/types/histogram.ts";
import type { InvokedRequest, RequestWatch, SentBody } from "./request-listener.ts";
import type { CountedRequest } from "./request-metrics.ts";

const CLIENT_LEFT = httpStatus("canceled");

/** The series of one status of an endpoint. */
export interface StatusSeries {
  readonly total: Pick<Counter, "inc">;
  readonly duration: Pick<Histogram, "observe">;
}

/** The series of one endpoint, looked up once. */
export interface EndpointSeries {
  readonly inProgress: Pick<Gauge, "inc" | "dec">;
  ofStatus(status: number): StatusSeries;
}

/** The series of requests that are listened to, but not counted. */
export const NO_SERIES: EndpointSeries = {
  inProgress: { inc: () => {}, dec: () => {} },
  ofStatus: () => ({ total: { inc: () => {} }, duration: { observe: () => {} } }),
};

/** One request. */
export class Counted implements CountedRequest {
  readonly #startedAt = performance.now();
  readonly #seriesOf: (endpoint: string) => EndpointSeries;
  #series: EndpointSeries;
  /** True once its handler has started; then the result of the handler. */
  #isHandled = false;
  #handled: { readonly status: number; readonly traceId: string | undefined } | undefined;
  /** True if its caller has disconnected before its handler ended. */
  #isLeft = false;
  #isOver = false;
  readonly #watches: readonly RequestWatch[] | undefined;
  /** The watch that traces it. */
  readonly tracing: RequestWatch | undefined;

  constructor(
    endpoint: string,
    seriesOf: (endpoint: string) => EndpointSeries,
    watches: readonly RequestWatch[] | undefined,
  ) {
    this.#watches = watches;
    if (watches !== undefined) {
      for (const watch of watches) if (watch.traceId !== undefined) this.tracing = watch;
    }
    this.#seriesOf = seriesOf;
    this.#series = seriesOf(endpoint);
    this.#series.inProgress.inc();
  }

  handledAs(endpoint: string): void {
    this.#isHandled = true;
    if (this.#isOver) return;
    this.#series.inProgress.dec();
    this.#series = this.#seriesOf(endpoint);
    this.#series.inProgress.inc();
  }

  handled(status: number, traceId?: string, request?: InvokedRequest): void {
    this.#handled = { status, traceId };
    if (this.#watches !== undefined && request !== undefined) {
      for (const watch of this.#watches) watch.handled?.(request);
    }
    if (this.#isLeft) this.end(undefined);
  }

  end(
    sent: number | undefined,
    traceId: string | undefined = this.#handled?.traceId,
    requestId?: string,
    body?: SentBody,
  ): void {
    if (this.#isOver) return;
    if (sent === undefined && this.#isHandled && this.#handled === undefined) {
      this.#isLeft = true; // the handler knows whether the caller's deadline was the reason
      return;
    }
    this.#isOver = true;
    this.#series.inProgress.dec();
    const status = this.#statusOf(sent);
    const ms = performance.now() - this.#startedAt;
    const { tracing } = this;
    const { total, duration } = this.#series.ofStatus(status);
    const trace = tracing === undefined ? traceId : tracing.sampledTraceId;
    const exemplar = trace === undefined ? undefined : { exemplar: { trace_id: trace } };
    total.inc(1, exemplar);
    duration.observe(ms / 1000, exemplar);
    if (this.#watches === undefined) return;
    const { traceId: ownTrace = traceId, spanId } = tracing ?? {};
    const end = { status, ms, traceId: ownTrace, spanId, requestId, sent: body };
    for (const watch of this.#watches) watch.end(end);
  }

  /** The status of the handler, if it ended, is more exact: gRPC sends one for 413 and 429. */
  #statusOf(sent = CLIENT_LEFT): number {
    const status = this.#handled?.status ?? 0;
    return status >= 400 ? status : sent;
  }
}
