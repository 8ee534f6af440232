/**
 * The host of this runtime, as the conditions of `#host` in package.json choose it.
 * @module
 */

import { host } from "#host";
import type { Host } from "./host.ts";

/**
 * Returns the host of this runtime.
 *
 * @param user the part of a service that needs it, for the message: `Runner "digits"`
 * @throws Error on a runtime without worker threads
 */
export function ownHost(user: string): Host {
  // With the type of all runtimes: `#host` is another file on some of them.
  const own: Host | undefined = host;
  if (own !== undefined) return own;
  throw new Error(
    `${user} needs worker threads, which this runtime does not have: ` +
      "serve it on Bun, Deno or Node, or define the service without runners",
  );
}
