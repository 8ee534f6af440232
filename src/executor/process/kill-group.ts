/**
 * killGroup(), killRest(): the end of a worker process and of those that it has started.
 * @module
 */

import process from "node:process";

/** Kills the process group that a process leads; or the process alone, where there are none. */
export function killGroup(pid: number): void {
  if (!killRest(pid)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}

/**
 * Kills the processes of the group that a process leads, or has led: after its end, those that it
 * started and left. The id of a group is not used again while there are any.
 *
 * @returns false if there are none
 */
export function killRest(pid: number): boolean {
  try {
    process.kill(-pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}
