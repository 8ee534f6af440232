/**
 * The entry `ekiben`: defines services, and makes them an application that any host of `fetch`
 * serves. Modules that run inside workers import `ekiben/runnable`; ONNX models are in
 * `ekiben/onnx`, and servers in `ekiben/serve`.
 * @module
 */

export { type App, type AppOptions, app } from "./app/app.ts";
export { endpointOf } from "./invocation/middleware.ts";
export * from "./io/index.ts";
export type { PromRegistry } from "./metrics/included.ts";
export {
  type Exposition,
  type MetricsOptions,
  type MetricsRegistry,
  metrics,
} from "./metrics/registry.ts";
export { contextOf } from "./rpc/handler-context.ts";
export * from "./runnable.ts";
export {
  adaptive,
  type BatchOptions,
  fixedWindow,
  off,
  targetLatency,
} from "./runner/batching/batch-options.ts";
export type { CloseReason, Strategy } from "./runner/batching/policy.ts";
export type { CallOptions, Lane } from "./runner/call-options.ts";
export {
  type Runner,
  runner,
} from "./runner/runner.ts";
export type { RunnerStats } from "./runner/runner-control.ts";
export type { RunnerOptions } from "./runner/runner-options.ts";
export { type AnswerMode, type Api, type ApiOptions, api, type Handler } from "./service/api.ts";
export type { ApiCacheOptions } from "./service/cache-options.ts";
export type { Context, ContextResponse } from "./service/context.ts";
export type { Hook, HookContext, Hooks } from "./service/hooks.ts";
export { Service, service } from "./service/service.ts";
export type { ServiceOptions } from "./service/service-options.ts";
