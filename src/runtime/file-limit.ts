/**
 * The limit of open files, of which each connection takes one. At the limit of the system, Deno's
 * servers stop for good, and on every runtime models and workers cannot be opened any more.
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";

/** Files that are left for everything but connections. */
const RESERVED = 64;

/** The least that a port gets. */
const LEAST = 16;

/**
 * How many connections a port may have: as many as wanted, and at most half of the files that can
 * still be opened, since there may be two ports.
 */
export function connectionsWithin(wanted: number): number {
  const free = freeFiles();
  if (free === undefined) return wanted;
  return Math.min(wanted, Math.max(LEAST, Math.floor((free - RESERVED) / 2)));
}

/** How many files can still be opened; undefined where it is not known, as on macOS. */
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
