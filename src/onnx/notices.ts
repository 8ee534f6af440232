/**
 * Notices: warnings and debug messages of sessions. Inside a worker, the runner logs warnings; the
 * logger is loaded only outside workers, so that they start without it.
 * @module
 */

import type { Logger } from "../log.ts";
import { workerHost } from "../worker-host.ts";

let logger: Logger | undefined;

/** Loads the logger, if this is not a worker. Earlier notices are dropped. */
export async function openNotices(): Promise<void> {
  if (workerHost() === undefined) logger ??= (await import("../log.ts")).log;
}

/** Logs a warning through the runner of this thread, or directly if there is none. */
export function warn(text: string): void {
  const host = workerHost();
  if (host === undefined) logger?.warn("{text}", { text });
  else host.warn(text);
}

/** Logs a debug message. Inside a worker, it is dropped. */
export function debug(text: string): void {
  logger?.debug("{text}", { text });
}
