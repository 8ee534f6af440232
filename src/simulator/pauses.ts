/**
 * Pauses: the times at which a simulated process stands still, such as a machine that sleeps.
 * @module
 */

/** A stop of the whole process: of its main thread and all workers. */
export interface Pause {
  /** Its start, in milliseconds from the start of the load. */
  readonly atMs: number;
  readonly ms: number;
}

/** The pauses of a process, on its clock. */
export class Pauses {
  readonly #pauses: readonly Pause[];
  /** The start of the load: there are no pauses before it. */
  startedAt: number = Number.POSITIVE_INFINITY;

  constructor(pauses: readonly Pause[]) {
    this.#pauses = [...pauses].sort((one, other) => one.atMs - other.atMs);
  }

  /** Returns the time at which work of `ms` milliseconds ends that could start at `at`. */
  end(at: number, ms: number): number {
    let [now, leftMs] = [at, ms];
    for (const { atMs, ms: pauseMs } of this.#pauses) {
      const pausesAt = this.startedAt + atMs;
      if (now >= pausesAt + pauseMs) continue;
      const runMs = Math.max(0, pausesAt - now);
      if (now < pausesAt && leftMs <= runMs) break;
      leftMs -= runMs;
      now = pausesAt + pauseMs;
    }
    return now + leftMs;
  }
}
