/**
 * RequestMetrics: BentoML's default metrics of requests, measured at the edge of each protocol,
 * where a request's status and its last byte are known.
 * @module
 */

import { httpStatus } from "../error.ts";
import { DEFAULT_BUCKETS } from "../metrics/types/buckets.ts";
import type { Counter } from "../metrics/types/counter.ts";
import type { Gauge } from "../metrics/types/gauge.ts";
import type { Histogram } from "../metrics/types/histogram.ts";
import type { Service } from "./service.ts";

/** The names of the metrics of requests, and their bounds. */
export interface RequestMetricsOptions {
  /** The prefix of their names. Default `bentoml_api_server`. */
  readonly namespace?: string;
  /** The bounds of durations, in seconds. Default BentoML's, from 0.005 to 10. */
  readonly buckets?: readonly number[];
  /**
   * Exposes native histograms, those of the service's own metrics included. A
   * Prometheus with `--enable-feature=native-histograms` takes them instead of the classic
   * `_bucket` series. Default true.
   */
  readonly nativeHistograms?: boolean;
}

/** The protocol of requests: BentoML names their endpoints by different labels. */
export type Protocol = "http" | "grpc";

/** The label of requests for unknown paths, methods and APIs: callers may send any name. */
export const UNKNOWN = "(unknown)";

/** A request under way. It is counted once, when its answer has ended. */
export interface CountedRequest {
  /**
   * Sets the endpoint to count the request for, when its handler starts: only the message of a call
   * names its API. `handled()` is called at the end of the handler.
   */
  handledAs(endpoint: string): void;
  /**
   * Records the end of the handler. Sending its answer may still fail.
   *
   * @param status the HTTP status, over gRPC too
   * @param traceId the id of the request's trace, for exemplars
   */
  handled(status: number, traceId?: string): void;
  /**
   * Counts the request, when its answer has ended. Later calls have no effect.
   *
   * @param status the status that was sent; undefined if the caller disconnected first
   */
  end(status: number | undefined, traceId?: string): void;
}

/** Counts requests. */
export interface RequestCounter {
  /** @param endpoint its path, or the name of its API or method: one of a bounded number */
  begin(endpoint: string): CountedRequest;
  /** Called when a connection was closed because there were too many. */
  connectionRefused(): void;
}

/** A request that is not counted. */
export const NOT_COUNTED: CountedRequest = {
  handledAs: () => {},
  handled: () => {},
  end: () => {},
};

/** Counts nothing. */
export const UNCOUNTED: RequestCounter = { begin: () => NOT_COUNTED, connectionRefused: () => {} };

const CLIENT_LEFT = httpStatus("canceled");

/** The series of one status of an endpoint. */
interface StatusSeries {
  readonly total: Counter;
  readonly duration: Histogram;
}

/** The series of one endpoint, looked up once. */
interface EndpointSeries {
  readonly inProgress: Gauge;
  ofStatus(status: number): StatusSeries;
}

/** Returns the counter of the requests of one protocol, or `UNCOUNTED` if metrics are disabled. */
export function requestCounter(
  service: Service,
  protocol: Protocol,
  { enabled = true, ...options }: RequestMetricsOptions & { readonly enabled?: boolean } = {},
): RequestCounter {
  return enabled ? new RequestMetrics(service, protocol, options) : UNCOUNTED;
}

/** Counts the requests of one protocol. */
export class RequestMetrics implements RequestCounter {
  readonly #families: ReturnType<typeof familiesOf>;
  readonly #labelsOf: (endpoint: string) => EndpointLabels;
  readonly #endpoints = new Map<string, EndpointSeries>();
  readonly #seriesOf = (endpoint: string): EndpointSeries => this.#of(endpoint);

  constructor(service: Service, protocol: Protocol, options: RequestMetricsOptions = {}) {
    if (options.nativeHistograms === false) service.metrics.disableNativeHistograms();
    this.#families = familiesOf(service, options);
    const about = { service_name: service.name, service_version: service.version };
    this.#labelsOf = (endpoint) =>
      protocol === "http"
        ? { ...about, endpoint, api_name: "" }
        : { ...about, endpoint: "", api_name: endpoint };
  }

  begin(endpoint: string): CountedRequest {
    return new Counted(endpoint, this.#seriesOf);
  }

  connectionRefused(): void {
    this.#families.refused.inc();
  }

  #of(endpoint: string): EndpointSeries {
    const known = this.#endpoints.get(endpoint);
    if (known !== undefined) return known;
    const inProgress = this.#families.inProgress.labels(this.#labelsOf(endpoint));
    const byStatus = new Map<number, StatusSeries>();
    const ofStatus = (status: number): StatusSeries =>
      byStatus.get(status) ?? this.#add(endpoint, status, byStatus);
    const made = { inProgress, ofStatus };
    this.#endpoints.set(endpoint, made);
    return made;
  }

  #add(endpoint: string, status: number, byStatus: Map<number, StatusSeries>): StatusSeries {
    const labels = { ...this.#labelsOf(endpoint), http_response_code: status };
    const { total, duration } = this.#families;
    const made = { total: total.labels(labels), duration: duration.labels(labels) };
    byStatus.set(status, made);
    return made;
  }
}

class Counted implements CountedRequest {
  readonly #startedAt = performance.now();
  readonly #seriesOf: (endpoint: string) => EndpointSeries;
  #series: EndpointSeries;
  /** True once its handler has started; then the result of the handler. */
  #isHandled = false;
  #handled: { readonly status: number; readonly traceId: string | undefined } | undefined;
  /** True if its caller has disconnected before its handler ended. */
  #isLeft = false;
  #isOver = false;

  constructor(endpoint: string, seriesOf: (endpoint: string) => EndpointSeries) {
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

  handled(status: number, traceId?: string): void {
    this.#handled = { status, traceId };
    if (this.#isLeft) this.end(undefined);
  }

  end(sent: number | undefined, traceId = this.#handled?.traceId): void {
    if (this.#isOver) return;
    if (sent === undefined && this.#isHandled && this.#handled === undefined) {
      this.#isLeft = true; // the handler knows whether the caller's deadline was the reason
      return;
    }
    this.#isOver = true;
    this.#series.inProgress.dec();
    const { total, duration } = this.#series.ofStatus(this.#statusOf(sent));
    const exemplar = traceId === undefined ? undefined : { exemplar: { trace_id: traceId } };
    total.inc(1, exemplar);
    duration.observe((performance.now() - this.#startedAt) / 1000, exemplar);
  }

  /** The status of the handler, if it ended, is more exact: gRPC sends one for 413 and 429. */
  #statusOf(sent = CLIENT_LEFT): number {
    const status = this.#handled?.status ?? 0;
    return status >= 400 ? status : sent;
  }
}

/** The labels of an endpoint. One of the first two is empty, which Prometheus takes for missing. */
interface EndpointLabels extends Record<string, string> {
  readonly endpoint: string;
  readonly api_name: string;
  readonly service_name: string;
  readonly service_version: string;
}

/** The end of each help text: one metric has the requests of all protocols. */
const BY_PROTOCOL = "over HTTP by endpoint, over gRPC, gRPC-Web and Connect by api_name";

function familiesOf({ metrics }: Service, options: RequestMetricsOptions) {
  const { namespace = "bentoml_api_server", buckets = DEFAULT_BUCKETS } = options;
  const request = ["endpoint", "api_name", "service_name", "service_version"] as const;
  return {
    inProgress: metrics.gauge(`${namespace}_request_in_progress`, {
      help: `Total number of requests in progress now, ${BY_PROTOCOL}`,
      labels: request,
    }),
    total: metrics.counter(`${namespace}_request_total`, {
      help: `Total number of requests, ${BY_PROTOCOL}`,
      labels: [...request, "http_response_code"],
    }),
    refused: metrics.counter("ekiben_refused_connections_total", {
      help: "Connections that were closed because there were too many",
    }),
    duration: metrics.histogram(`${namespace}_request_duration_seconds`, {
      help: `API request duration in seconds, ${BY_PROTOCOL}`,
      labels: [...request, "http_response_code"],
      buckets,
      native: true,
    }),
  };
}
