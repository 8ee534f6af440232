/**
 * killGroup(): the end of a worker process and of those that it has started.
 * @module
 */

import process from "node:process";

/** Kills the process group that a process leads; or the process alone, where there are none. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}
