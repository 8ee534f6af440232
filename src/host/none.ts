/**
 * The host of runtimes without the threads that runners need: browsers and workerd.
 * @module
 */

import type { Host } from "../host.ts";

/** There is none: services without runners need none. */
export const host: Host | undefined = undefined;
