/**
 * executorOf(): the executor that a runner uses.
 * @module
 */

import type { Executor, ExecutorName } from "../executor/executor.ts";
import type { Host } from "../host/host.ts";

/**
 * Returns the executor of a name, or that of runners that do not name one.
 *
 * @throws Error if this runtime does not have it, with the reason
 */
export function executorOf(
  runner: string,
  { executors, missing, isolation }: Host,
  name: ExecutorName = isolation,
): Executor {
  const executor = executors[name];
  if (executor !== undefined) return executor;
  const reason = missing?.[name] === undefined ? "" : `. ${missing[name]}`;
  throw new Error(
    `Runner "${runner}" cannot start its workers: this runtime has no isolation "${name}", ` +
      `but only ${Object.keys(executors).join(", ")}${reason}`,
  );
}
