/**
 * Ekiben's public API; ONNX models are in `ekiben/onnx`.
 * @module
 */

export { type Code, ServiceError, type ServiceErrorOptions } from "./error.ts";
export { type AppOptions, app } from "./http/app.ts";
export * from "./io/index.ts";
export {
  adaptive,
  type BatchOptions,
  fixedWindow,
  off,
  targetLatency,
} from "./runner/batch-options.ts";
export type { CloseReason, Strategy } from "./runner/policy.ts";
export {
  type LoadContext,
  type Loaded,
  type Runnable,
  type RunnableOptions,
  runnable,
} from "./runner/runnable.ts";
export {
  type CallOptions,
  type Runner,
  type RunnerOptions,
  type RunnerStats,
  runner,
} from "./runner/runner.ts";
export { type ServeOptions, type Server, serve } from "./runtime/serve.ts";
export { type Api, type ApiOptions, api, type Handler } from "./service/api.ts";
export type { Context, ContextResponse } from "./service/context.ts";
export { Service, type ServiceOptions, service } from "./service/service.ts";
export { concat, type DType, isTensor, split, type Tensor, tensor } from "./tensor.ts";
