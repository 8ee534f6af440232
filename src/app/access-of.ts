/**
 * accessOf(): who may call an application.
 * @module
 */

import { Access } from "../access/access.ts";
import { accessOptionsIn } from "../access/access-options.ts";
import type { Clock } from "../clock.ts";
import type { RequestOptions } from "../http/http-options.ts";
import { log } from "../log.ts";
import type { Service } from "../service/service.ts";

/** Returns who may call; undefined for everyone. */
export function accessOf(
  service: Service,
  options: RequestOptions,
  clock: Clock,
): Access | undefined {
  const given = accessOptionsIn(options);
  if (Object.keys(given).length === 0) return undefined;
  const metrics = options.metrics?.enabled === false ? undefined : service.metrics;
  // Only the host knows where it listens: it names a server that is for this machine alone.
  const isLocal = given.allowedHosts === undefined ? undefined : true;
  return new Access(given, { clock, metrics, isLocal, warn: (text) => log.warn(text) });
}
