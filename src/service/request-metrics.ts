/**
 * RequestMetrics: BentoML's default metrics of requests, measured at the edge of each protocol,
 * where a request's status and its last byte are known.
 * @module
 */

import { DEFAULT_BUCKETS } from "../metrics/types/buckets.ts";
import { Counted, type EndpointSeries, NO_SERIES, type StatusSeries } from "./counted-request.ts";
import { showReadiness } from "./readiness-metric.ts";
import type {
  ArrivedRequest,
  InvokedRequest,
  RequestListener,
  RequestWatch,
  SentBody,
} from "./request-listener.ts";
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
  /** The listener that traces it; undefined without one. */
  readonly tracing?: RequestWatch | undefined;
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
   * @param request the request, for listeners
   */
  handled(status: number, traceId?: string, request?: InvokedRequest): void;
  /**
   * Counts the request, when its answer has ended. Later calls have no effect.
   *
   * @param status the status that was sent; undefined if the caller disconnected first
   * @param requestId its id, where no handler has been called for it
   * @param sent its body, where that is known
   */
  end(status: number | undefined, traceId?: string, requestId?: string, sent?: SentBody): void;
}

/** Counts requests. */
export interface RequestCounter {
  /**
   * @param endpoint its path, or the name of its API or method: one of a bounded number
   * @param request the request, for listeners; undefined if it could not be read
   */
  begin(endpoint: string, request?: ArrivedRequest): CountedRequest;
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

/** What requests are counted for, and who listens to them. */
export interface RequestCounterOptions {
  readonly metrics?: (RequestMetricsOptions & { readonly enabled?: boolean }) | undefined;
  readonly listeners?: readonly RequestListener[] | undefined;
}

/** Returns the counter of the requests of one protocol. */
export function requestCounter(
  service: Service,
  protocol: Protocol,
  { metrics: { enabled = true, ...options } = {}, listeners = [] }: RequestCounterOptions = {},
): RequestCounter {
  if (enabled) return new RequestMetrics(service, protocol, options, listeners);
  if (listeners.length === 0) return UNCOUNTED;
  return {
    begin: (endpoint, request) =>
      new Counted(endpoint, () => NO_SERIES, watchesOf(listeners, endpoint, request)),
    connectionRefused: () => {},
  };
}

/** Returns the watches of a request; undefined for none, which costs nothing more. */
function watchesOf(
  listeners: readonly RequestListener[],
  endpoint: string,
  request: ArrivedRequest | undefined,
): RequestWatch[] | undefined {
  let watches: RequestWatch[] | undefined;
  for (const listener of listeners) {
    const watch = listener.begin(endpoint, request);
    if (watch === undefined) continue;
    if (watches === undefined) watches = [watch];
    else watches.push(watch);
  }
  return watches;
}

/** Counts the requests of one protocol. */
export class RequestMetrics implements RequestCounter {
  readonly #families: ReturnType<typeof familiesOf>;
  readonly #labelsOf: (endpoint: string) => EndpointLabels;
  readonly #endpoints = new Map<string, EndpointSeries>();
  readonly #seriesOf = (endpoint: string): EndpointSeries => this.#of(endpoint);
  readonly #listeners: readonly RequestListener[];

  constructor(
    service: Service,
    protocol: Protocol,
    options: RequestMetricsOptions = {},
    listeners: readonly RequestListener[] = [],
  ) {
    this.#listeners = listeners;
    if (options.nativeHistograms === false) service.metrics.disableNativeHistograms();
    this.#families = familiesOf(service, options);
    showReadiness(service);
    const about = { service_name: service.name, service_version: service.version };
    this.#labelsOf = (endpoint) =>
      protocol === "http"
        ? { ...about, endpoint, api_name: "" }
        : { ...about, endpoint: "", api_name: endpoint };
  }

  begin(endpoint: string, request?: ArrivedRequest): CountedRequest {
    const listeners = this.#listeners;
    const isHeard = listeners.length > 0;
    const watches = isHeard ? watchesOf(listeners, endpoint, request) : undefined;
    return new Counted(endpoint, this.#seriesOf, watches);
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
