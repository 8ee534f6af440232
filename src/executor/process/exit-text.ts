/**
 * exitText(): the end of a process in words.
 * @module
 */

import { constants } from "node:os";

/** The signals of a process that ends itself for an error, such as a heap that is full. */
const ABORTS = ["SIGABRT", "SIGTRAP", "SIGILL"] as const;

/** Returns `exit code 3`, or `killed by SIGSEGV`. */
export function exitText(code: number | null, signal: string | null): string {
  if (signal === "SIGKILL")
    return "killed by SIGKILL: by hand, or by the system for lack of memory";
  return signal === null ? `exit code ${code}` : `killed by ${signal}`;
}

/** Returns true for a process that aborted. Shells add 128 to the number of a signal. */
export function isAbort(code: number | null, signal: string | null): boolean {
  return ABORTS.some((name) => name === signal || code === 128 + constants.signals[name]);
}
