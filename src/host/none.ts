/**
 * The host of runtimes without the threads that runners need: browsers and workerd.
 * @module
 */

import type { Host } from "./host.ts";

/** No host: services without runners work without one. */
export const host: Host | undefined = undefined;
