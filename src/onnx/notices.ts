/**
 * Notices: what sessions report beside their results. Inside a worker the runner logs them; the
 * logger is loaded elsewhere only, so that workers start without it.
 * @module
 */

import type { Logger } from "../log.ts";
import { workerHost } from "../worker-host.ts";

let logger: Logger | undefined;

/** Loads the logger, outside workers. Without that, notices are lost there. */
export async function openNotices(): Promise<void> {
  if (workerHost() === undefined) logger ??= (await import("../log.ts")).log;
}

/** Logs a warning through the runner of this thread, or directly if there is none. */
export function warn(text: string): void {
  const host = workerHost();
  if (host === undefined) logger?.warn("{text}", { text });
  else host.warn(text);
}

/** Logs what helps to find a cause. Inside a worker nothing listens. */
export function debug(text: string): void {
  logger?.debug("{text}", { text });
}
