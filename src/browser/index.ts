/**
 * The entry `ekiben/browser`: runs a service in a page, with a server for what the browser cannot
 * do. The parts around a Service Worker are in `ekiben/service-worker`.
 * @module
 */

export type { Answer } from "./answer.ts";
export type { Place } from "./latencies.ts";
export type { LocalState } from "./local-service.ts";
export {
  type OpenService,
  type OpenServiceOptions,
  type OpenState,
  openService,
  type Policy,
} from "./open-service.ts";
