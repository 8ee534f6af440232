/**
 * The cores that this process may use.
 * @module
 */

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { cpuQuota, type ReadFile } from "./cgroup.ts";

/**
 * Returns the number of threads that may run at once: at most the cores of the machine, those of
 * the process's affinity or cpuset, and the quota of its container; rounded down, at least 1.
 */
export function coresOf(available: number, read: ReadFile): number {
  return Math.max(1, Math.min(available, Math.floor(cpuQuota(read) ?? available)));
}

/** Returns the cores of this process. Runtimes know its affinity, but not all know the quota. */
export function availableCores(): number {
  return coresOf(availableParallelism(), readText);
}

/** Reads a file of the system. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
