/**
 * The limit of open files, of which each connection takes one. At the system's limit, models and
 * workers can no longer be opened, and Deno's servers accept nothing for a moment.
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";

/** The files that are reserved for everything but connections. */
const RESERVED = 64;

/** The smallest bound on the connections of a port. */
const MIN_CONNECTIONS = 16;

/**
 * Returns how many connections a port may have: as many as wanted, but at most half of the files
 * that can still be opened, since there may be two ports.
 */
export function connectionsWithin(wanted: number): number {
  const free = freeFiles();
  if (free === undefined) return wanted;
  return Math.min(wanted, Math.max(MIN_CONNECTIONS, Math.floor((free - RESERVED) / 2)));
}

/** Returns how many files can still be opened; `undefined` if it is unknown, as on macOS. */
function freeFiles(): number | undefined {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
    if (soft === undefined) return undefined; // unlimited
    return Number(soft) - readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}
