/**
 * The entry `ekiben/runnable`: the API for modules that run inside a worker. It loads no server,
 * so that workers start fast and stay small.
 * @module
 */

export { type Code, ServiceError, type ServiceErrorOptions } from "./error.ts";
export type { Metrics } from "./metrics/metrics.ts";
export type { NativeOptions } from "./metrics/native/native-buckets.ts";
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
export type { CountAndSum, LabelledSummary, Summary, SummaryOf } from "./metrics/types/summary.ts";
export type { Aggregate } from "./metrics/worker/aggregate.ts";
export {
  concat,
  type DType,
  isTensor,
  split,
  type Tensor,
  type TensorSpec,
  tensor,
} from "./tensor.ts";
export type { MethodSpecs, TensorSpecs } from "./worker/method-specs.ts";
export type { Pad, PadValue, Unpad } from "./worker/row-options.ts";
export {
  type LoadContext,
  type Loaded,
  type Runnable,
  type RunnableOptions,
  runnable,
} from "./worker/runnable.ts";
export { nativeCall } from "./worker-host.ts";
