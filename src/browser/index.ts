/**
 * The entry `ekiben/browser`: runs a service in a page, with a server for what the browser cannot
 * do, and answers the requests of a Service Worker.
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
export type { Assets } from "./relay/assets.ts";
export {
  type ConnectOptions,
  connectServiceWorker,
  type ServiceWorkerConnection,
} from "./relay/connect.ts";
export { runServiceWorker, type ServiceWorkerOptions } from "./relay/service-worker.ts";
