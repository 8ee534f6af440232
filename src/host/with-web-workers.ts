/**
 * A host with the Web Workers of a script that the user gives.
 * @module
 */

import { webExecutor } from "../executor/web/web.ts";
import type { Host } from "./host.ts";

/** Returns a host whose runners use Web Workers, unless they name another executor. */
export function withWebWorkers(host: Host, open: () => InstanceType<typeof Worker>): Host {
  if (typeof globalThis.Worker !== "function") {
    const { web: _, ...executors } = host.executors;
    const missing = { web: 'There are no Web Workers here: leave out the option "worker"' };
    return { ...host, executors, missing: { ...host.missing, ...missing }, isolation: "web" };
  }
  const web = webExecutor({ open, clock: host.clock, importsModules: false });
  return { ...host, executors: { ...host.executors, web }, isolation: "web" };
}
