/**
 * Ekiben's public API; ONNX models are in `ekiben/onnx`.
 * @module
 */

export { type Code, ServiceError, type ServiceErrorOptions } from "./error.ts";
export { type AppOptions, app } from "./http/app.ts";
export * from "./io/index.ts";
export type { PromRegistry } from "./metrics/included.ts";
export type { Metrics } from "./metrics/metrics.ts";
export type { NativeOptions } from "./metrics/native/native-buckets.ts";
export {
  type Exposition,
  type MetricsOptions,
  type MetricsRegistry,
  metrics,
} from "./metrics/registry.ts";
export {
  exponentialBuckets,
  exponentialBucketsCount,
  linearBuckets,
} from "./metrics/types/buckets.ts";
export type { Counter, CounterOf, LabelledCounter } from "./metrics/types/counter.ts";
export type {
  CounterOptions,
  GaugeOptions,
  HistogramOptions,
  SummaryOptions,
} from "./metrics/types/definition.ts";
export type { ObserveOptions } from "./metrics/types/exemplar.ts";
export type { Gauge, GaugeOf, LabelledGauge } from "./metrics/types/gauge.ts";
export type { Histogram, HistogramOf, LabelledHistogram } from "./metrics/types/histogram.ts";
export type { Labels, LabelValue } from "./metrics/types/labels.ts";
export type { LabelledSummary, Summary, SummaryOf } from "./metrics/types/summary.ts";
export type { Aggregate } from "./metrics/worker/aggregate.ts";
export { contextOf } from "./rpc/mounted.ts";
export {
  adaptive,
  type BatchOptions,
  fixedWindow,
  off,
  targetLatency,
} from "./runner/batching/batch-options.ts";
export type { CloseReason, Strategy } from "./runner/batching/policy.ts";
export type { CallOptions } from "./runner/call-options.ts";
export {
  type LoadContext,
  type Loaded,
  type Runnable,
  type RunnableOptions,
  runnable,
} from "./runner/runnable.ts";
export {
  type Runner,
  runner,
} from "./runner/runner.ts";
export type { RunnerStats } from "./runner/runner-core.ts";
export type { RunnerOptions } from "./runner/runner-options.ts";
export { type ServeOptions, type Server, serve } from "./runtime/serve.ts";
export { type ServeGrpcOptions, serveGrpc } from "./runtime/serve-grpc.ts";
export type { UncaughtPolicy } from "./runtime/uncaught.ts";
export { type Api, type ApiOptions, api, type Handler } from "./service/api.ts";
export type { Context, ContextResponse } from "./service/context.ts";
export { Service, type ServiceOptions, service } from "./service/service.ts";
export { concat, type DType, isTensor, split, type Tensor, tensor } from "./tensor.ts";
export { nativeCall } from "./worker-host.ts";
