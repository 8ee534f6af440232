/**
 * RequestMetrics: BentoML's default metrics of requests, measured at the edge of each protocol,
 * where a request's status and its last byte are known.
 * @module
 */

import { DEFAULT_BUCKETS } from "../metrics/buckets.ts";
import type { Counter } from "../metrics/counter.ts";
import type { Gauge } from "../metrics/gauge.ts";
import type { Histogram } from "../metrics/histogram.ts";
import type { Service } from "./service.ts";

/** How the metrics of requests are called, and what is measured. */
export interface RequestMetricsOptions {
  /** What their names begin with. Default `bentoml_api_server`. */
  readonly namespace?: string;
  /** The bounds of durations, in seconds. Default BentoML's, from 0.005 to 10. */
  readonly buckets?: readonly number[];
  /**
   * False to expose no native histograms, of the service's own metrics neither: a Prometheus with
   * `--enable-feature=native-histograms` takes those instead of the classic `_bucket` series.
   * Default true.
   */
  readonly nativeHistograms?: boolean;
}

/** Which protocol's requests: BentoML names their endpoints by different labels. */
export type Protocol = "http" | "grpc";

/**
 * Ends a request.
 *
 * @param status as an HTTP status, over gRPC too
 * @param traceId of the request's trace, for exemplars
 */
export type EndRequest = (status: number, traceId?: string) => void;

/** What is counted of each status of an endpoint. */
interface StatusSeries {
  readonly total: Counter;
  readonly duration: Histogram;
}

/** The series of one endpoint, looked up once. */
interface EndpointSeries {
  readonly inProgress: Gauge;
  readonly byStatus: Map<number, StatusSeries>;
}

/** Counts the requests of one protocol. */
export class RequestMetrics {
  readonly #families: ReturnType<typeof familiesOf>;
  readonly #labelsOf: (endpoint: string) => EndpointLabels;
  readonly #endpoints = new Map<string, EndpointSeries>();

  constructor(service: Service, protocol: Protocol, options: RequestMetricsOptions = {}) {
    if (options.nativeHistograms === false) service.metrics.disableNativeHistograms();
    this.#families = familiesOf(service, options);
    const about = { service_name: service.name, service_version: service.version };
    this.#labelsOf = (endpoint) =>
      protocol === "http"
        ? { ...about, endpoint, api_name: "" }
        : { ...about, endpoint: "", api_name: endpoint };
  }

  /**
   * A request begins.
   *
   * @param endpoint one of a bounded number: its path, or the name of its API
   */
  begin(endpoint: string): EndRequest {
    const startedAt = performance.now();
    const series = this.#of(endpoint);
    series.inProgress.inc();
    return (status, traceId) => {
      series.inProgress.dec();
      const { total, duration } = series.byStatus.get(status) ?? this.#add(endpoint, status);
      const exemplar = traceId === undefined ? undefined : { exemplar: { trace_id: traceId } };
      total.inc(1, exemplar);
      duration.observe((performance.now() - startedAt) / 1000, exemplar);
    };
  }

  #of(endpoint: string): EndpointSeries {
    const known = this.#endpoints.get(endpoint);
    if (known !== undefined) return known;
    const inProgress = this.#families.inProgress.labels(this.#labelsOf(endpoint));
    const made = { inProgress, byStatus: new Map<number, StatusSeries>() };
    this.#endpoints.set(endpoint, made);
    return made;
  }

  #add(endpoint: string, status: number): StatusSeries {
    const labels = { ...this.#labelsOf(endpoint), http_response_code: status };
    const { total, duration } = this.#families;
    const made = { total: total.labels(labels), duration: duration.labels(labels) };
    this.#of(endpoint).byStatus.set(status, made);
    return made;
  }
}

/** One of the first two is empty, which to Prometheus is the same as not there. */
interface EndpointLabels extends Record<string, string> {
  readonly endpoint: string;
  readonly api_name: string;
  readonly service_name: string;
  readonly service_version: string;
}

/** The end of what these are: one metric has the requests of all protocols, as BentoML names it. */
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
    duration: metrics.histogram(`${namespace}_request_duration_seconds`, {
      help: `API request duration in seconds, ${BY_PROTOCOL}`,
      labels: [...request, "http_response_code"],
      buckets,
      native: true,
    }),
  };
}
