/**
 * The default metrics of runners. Those named `bentoml_runner_*` are BentoML's, name by name; those
 * named `ekiben_*` are Ekiben's own.
 * @module
 */

import type { MetricsRegistry } from "../../metrics/registry.ts";
import {
  DEFAULT_BUCKETS,
  exponentialBuckets,
  exponentialBucketsCount,
} from "../../metrics/types/buckets.ts";
import type { CounterOf } from "../../metrics/types/counter.ts";
import type { GaugeOf } from "../../metrics/types/gauge.ts";
import type { HistogramOf } from "../../metrics/types/histogram.ts";
import { uncaughtErrors } from "../../metrics/uncaught-errors.ts";

/** The registry of a runner's metrics, and their names. */
export interface RunnerMetricsOptions {
  readonly registry: MetricsRegistry;
  readonly serviceName: string;
  readonly serviceVersion: string;
  /** The prefix of the names of BentoML's metrics: `bentoml_runner`. */
  readonly namespace: string;
  /** False to count only the metrics that the workers define. */
  readonly enabled: boolean;
}

/** The bounds of durations, from 0.1 ms to 10 s: batches are shorter than whole requests. */
const SECONDS = exponentialBuckets(0.0001, 2.5, 10);

/** The default bounds of batch sizes; each method has its own by `sizeBuckets()`. */
const SIZES = exponentialBucketsCount(1, 2, 7);

/** The bounds of the units of batches: tokens, for example. */
const UNITS = exponentialBucketsCount(1, 4, 10);

/** Returns the bounds of batch sizes, by BentoML's rule: powers of two, then the limit. */
export function sizeBuckets(maxBatchSize: number): readonly number[] {
  return maxBatchSize > 1 ? exponentialBuckets(1, 2, maxBatchSize) : [1];
}

type ServiceLabel = "service_name" | "service_version";
type RequestLabel = "endpoint" | ServiceLabel | "runner_name";
type MethodLabel = "runner_name" | "method_name";

/** The metrics of the runners of one service, which share them. */
export interface RunnerFamilies {
  readonly total: CounterOf<RequestLabel | "http_response_code">;
  readonly duration: HistogramOf<RequestLabel | "http_response_code">;
  readonly inProgress: GaugeOf<RequestLabel>;
  readonly batchSize: HistogramOf<"runner_name" | "worker_index" | "method_name" | ServiceLabel>;
  readonly queued: GaugeOf<MethodLabel | "lane">;
  readonly wait: HistogramOf<MethodLabel | "lane">;
  readonly batches: CounterOf<MethodLabel | "reason">;
  readonly rows: HistogramOf<MethodLabel>;
  readonly units: HistogramOf<MethodLabel>;
  readonly unitsTotal: CounterOf<MethodLabel | "kind">;
  readonly run: HistogramOf<MethodLabel | "backend">;
  readonly isolated: CounterOf<MethodLabel>;
  readonly shed: CounterOf<MethodLabel | "reason">;
  readonly canceled: CounterOf<MethodLabel | "stage">;
  readonly unanswered: CounterOf<MethodLabel>;
  readonly retries: CounterOf<MethodLabel>;
  readonly workers: GaugeOf<"runner_name" | "state">;
  readonly losses: CounterOf<"runner_name" | "reason">;
  readonly restarts: CounterOf<"runner_name">;
  readonly lostThreads: GaugeOf<"runner_name">;
  readonly uncaught: ReturnType<typeof uncaughtErrors>;
  readonly load: HistogramOf<"runner_name">;
  readonly model: GaugeOf<"runner_name" | "backend" | "model" | "version" | "digest">;
}

/** Defines the metrics, or returns those that another runner has defined. */
export function runnerFamilies({ registry, namespace }: RunnerMetricsOptions): RunnerFamilies {
  const service = ["service_name", "service_version"] as const;
  const request = ["endpoint", ...service, "runner_name"] as const;
  const method = ["runner_name", "method_name"] as const;
  return {
    total: registry.counter(`${namespace}_request_total`, {
      help: "Total number of runner RPC",
      labels: [...request, "http_response_code"],
    }),
    duration: registry.histogram(`${namespace}_request_duration_seconds`, {
      help: "runner RPC duration in seconds",
      labels: [...request, "http_response_code"],
      buckets: DEFAULT_BUCKETS,
      native: true,
    }),
    inProgress: registry.gauge(`${namespace}_request_in_progress`, {
      help: "Total number of runner RPC in progress now",
      labels: request,
    }),
    batchSize: registry.histogram(`${namespace}_adaptive_batch_size`, {
      help: "Runner adaptive batch size",
      labels: ["runner_name", "worker_index", "method_name", ...service],
      buckets: SIZES,
    }),
    queued: registry.gauge("ekiben_queue_depth", {
      help: "Rows that wait for a batch, by lane; of methods that are not batched, calls",
      labels: [...method, "lane"],
    }),
    wait: registry.histogram("ekiben_queue_wait_seconds", {
      help: "Time from a call until a worker runs it or its batch, in seconds, by lane",
      labels: [...method, "lane"],
      buckets: SECONDS,
    }),
    batches: registry.counter("ekiben_batches_total", {
      help: "Batches run, by the reason for closing them",
      labels: [...method, "reason"],
    }),
    rows: registry.histogram("ekiben_batch_rows", {
      help: "Rows of a batch",
      labels: method,
      buckets: SIZES,
    }),
    units: registry.histogram("ekiben_batch_units", {
      help: "Units of a batch whose rows have weights: its rows times the weight of the heaviest",
      labels: method,
      buckets: UNITS,
    }),
    unitsTotal: registry.counter("ekiben_units_total", {
      help: "Units of batches whose rows have weights: of the rows (real), or added by padding",
      labels: [...method, "kind"],
    }),
    run: registry.histogram("ekiben_batch_run_seconds", {
      help: "Time from the start of a batch to its answer, in seconds, including runs in parts",
      labels: [...method, "backend"],
      buckets: SECONDS,
    }),
    isolated: registry.counter("ekiben_isolated_batches_total", {
      help: "Batches run again in parts, since they failed, lost their worker or might hang",
      labels: method,
    }),
    shed: registry.counter("ekiben_shed_total", {
      help: "Calls refused before they ran: deadline or queue_full",
      labels: [...method, "reason"],
    }),
    canceled: registry.counter("ekiben_canceled_total", {
      help: "Calls canceled by their callers, by where they were: queue or running",
      labels: [...method, "stage"],
    }),
    unanswered: registry.counter("ekiben_unanswered_rows_total", {
      help: "Rows computed for callers that had left or timed out before the answer",
      labels: method,
    }),
    retries: registry.counter("ekiben_retries_total", {
      help: "Calls and batches that ran once more because their worker was lost",
      labels: method,
    }),
    workers: registry.gauge("ekiben_workers", {
      help: "Workers that have loaded (ready), and workers that run a call (busy)",
      labels: ["runner_name", "state"],
    }),
    losses: registry.counter("ekiben_worker_losses_total", {
      help: "Workers that were lost, by why: exit, hang, load or memory",
      labels: ["runner_name", "reason"],
    }),
    restarts: registry.counter("ekiben_worker_restarts_total", {
      help: "Workers started in place of lost ones",
      labels: ["runner_name"],
    }),
    lostThreads: registry.gauge("ekiben_lost_threads", {
      help: "Threads of lost workers that are busy and cannot be stopped: native code, or Deno",
      labels: ["runner_name"],
    }),
    uncaught: uncaughtErrors(registry),
    load: registry.histogram("ekiben_model_load_seconds", {
      help: "Time from the start of a worker until it had loaded in seconds",
      labels: ["runner_name"],
      buckets: exponentialBuckets(0.05, 2, 60),
    }),
    model: registry.gauge("ekiben_model_info", {
      help: "Always 1: the model of a runner, its digest, and the backends that it runs on",
      labels: ["runner_name", "backend", "model", "version", "digest"],
    }),
  };
}
