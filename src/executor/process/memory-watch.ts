/**
 * MemoryWatch: watches the memory of a process from outside, which also works while it is busy.
 * @module
 */

import { readFileSync } from "node:fs";
import type { Duplex } from "node:stream";

/** The time between two readings. Within it, a process may exceed its limit. */
const INTERVAL_MS = 50;
const MB = 2 ** 20;

/** Watches one process. */
export class MemoryWatch {
  /** The largest memory seen, in MiB. */
  peakMb = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #onReading: (mb: number) => void;

  /**
   * @param pid the process
   * @param guard the socket of its guard, which reports the memory where `/proc` cannot be read: on
   *   systems other than Linux, and on Deno without all permissions
   * @param onReading called with each reading, in MiB
   */
  constructor(pid: number, guard: Duplex, onReading: (mb: number) => void) {
    this.#onReading = onReading;
    if (residentMb(pid) === undefined) this.#listen(guard);
    else this.#timer = setInterval(() => this.#take(residentMb(pid)), INTERVAL_MS);
  }

  /** Ends the watch. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #listen(guard: Duplex): void {
    let rest = "";
    guard.on("data", (chunk: Uint8Array) => {
      const lines = (rest + new TextDecoder().decode(chunk)).split("\n");
      rest = lines.pop() ?? "";
      const last = lines.at(-1);
      if (last !== undefined) this.#take(Number(last) / MB);
    });
    guard.write("?");
  }

  #take(mb: number | undefined): void {
    if (mb === undefined) return;
    this.peakMb = Math.max(this.peakMb, mb);
    this.#onReading(mb);
  }
}

/** Returns the memory of a process that is in RAM, in MiB; `undefined` where it cannot be read. */
function residentMb(pid: number): number | undefined {
  try {
    const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kb === undefined ? undefined : Number(kb) / 1024;
  } catch {
    return undefined;
  }
}
