/** Hosts whose executors are replaced in part. */
import type { Executor } from "../../src/executor/executor.ts";
import { threads } from "../../src/executor/threads/threads.ts";
import type { Host } from "../../src/host/host.ts";

/** Returns a host whose threads are started by the given function. */
export function withThreads(
  host: Host,
  start: Executor["start"],
  stopsBusyWorkers: boolean = threads.stopsBusyWorkers,
): Host {
  const executor: Executor = { ...threads, start, stopsBusyWorkers };
  return { ...host, executors: { ...host.executors, threads: executor } };
}
