/**
 * The access of a server with ports, and the line about it in the log.
 * @module
 */

import { Access } from "../access/access.ts";
import { isLoopbackHost } from "../access/network.ts";
import { systemClock } from "../clock.ts";
import { log } from "../log.ts";
import type { Service } from "../service/service.ts";
import { readKeys, watchKeys } from "./key-file.ts";
import type { ServeSettings } from "./settings.ts";
import { socketPathOf } from "./unix-socket.ts";

/** The access of a server. */
export interface OpenedAccess {
  readonly access: Access;
  /** That of a port of metrics alone, which may listen on another host. */
  readonly metricsAccess: Access;
  /** Follows the changes of the file of keys. Returns a function that ends it. */
  watch(): () => void;
}

/**
 * Returns who may call a server that listens on a host.
 *
 * @throws Error for settings that are not as described, and a file of keys that cannot be used
 */
export async function openAccess(
  service: Service,
  settings: ServeSettings,
  host: string,
  metricsHost: string = host,
): Promise<OpenedAccess> {
  const metrics = settings.metrics.enabled === false ? undefined : service.metrics;
  const keys = await readKeys(settings);
  const { apiKeys } = keys;
  const options = apiKeys === undefined ? settings : { ...settings, apiKeys };
  const warn = (text: string): void => log.warn(text);
  const at = (host: string): Access =>
    new Access(options, { clock: systemClock, metrics, isLocal: isLoopbackHost(host), warn });
  const access = at(host);
  const metricsAccess = at(metricsHost);
  const replaceKeys = (apiKeys: readonly string[]): void => {
    for (const each of [access, metricsAccess]) each.replaceKeys(apiKeys);
  };
  return { access, metricsAccess, watch: () => watchKeys(settings, keys, { replaceKeys }) };
}

/** Returns the sentence about who may call. */
export function whoMayCall(host: string, { needsKey }: Access): string {
  const path = socketPathOf(host);
  if (path !== undefined) {
    const who = `Programs that may write to ${path} may call`;
    return needsKey ? `${who} with an API key` : `${who}, without an API key`;
  }
  const who = isLoopbackHost(host)
    ? "Programs on this machine may call"
    : host === "0.0.0.0" || host === "::"
      ? "Whoever reaches this machine may call"
      : `Whoever reaches ${host} may call`;
  return needsKey ? `${who} with an API key` : `${who}, without an API key`;
}
