/**
 * The entry `ekiben/service-worker`: answers the requests of a Service Worker by an open page. It
 * contains no service, so that a page may load that later.
 * @module
 */

export type { Assets } from "./assets.ts";
export {
  type ConnectOptions,
  connectServiceWorker,
  type ServiceWorkerConnection,
} from "./connect.ts";
export type { Opening } from "./page.ts";
export { runServiceWorker, type ServiceWorkerOptions } from "./service-worker.ts";
