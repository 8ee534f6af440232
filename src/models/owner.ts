/**
 * The names of temporary folders and locks, which tell whether their process has ended.
 * @module
 */

import { createHash, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import process from "node:process";

/** This machine, in characters that a file name may have. */
const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 12);

/** Returns a new name with this machine and this process in it. */
export function newOwner(): string {
  return `${host}-${process.pid}-${randomUUID()}`;
}

/**
 * Returns true if the process that made a name has certainly ended.
 *
 * @param touchedMs the time of its file or folder, in milliseconds since 1970
 */
export function hasEnded(owner: string, touchedMs: number): boolean {
  const [, place, digits] = /^([0-9a-f]{12})-(\d{1,9})-[0-9a-f-]{36}$/.exec(owner) ?? [];
  if (place !== host) return false;
  const pid = Number(digits);
  // An earlier process of the same number: in a container, each has the number 1.
  if (pid === process.pid) return touchedMs < performance.timeOrigin - 1000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as { readonly code?: unknown }).code === "ESRCH";
  }
}
