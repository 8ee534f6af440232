/**
 * Batch: calls that were sent together, and how long that took.
 * @module
 */

import type { Clock } from "../host.ts";
import type { BatchRecord } from "./batch-record.ts";
import type { CloseReason, Latency, Waiting } from "./policy.ts";

/** A batch from the moment it was closed to its end. */
export class Batch {
  readonly rows: number;
  readonly #calls: readonly Waiting[];
  readonly #reason: CloseReason;
  readonly #clock: Clock;
  #worker = 0;
  #startedAt: number | undefined;
  #lastStartedAt: number;

  constructor(calls: readonly Waiting[], reason: CloseReason, clock: Clock) {
    this.rows = calls.reduce((sum, call) => sum + call.rows, 0);
    this.#calls = calls;
    this.#reason = reason;
    this.#clock = clock;
    this.#lastStartedAt = clock.now();
  }

  /** When a worker first started on it; until then, when it was sent or now. */
  get startedAt(): number {
    return this.#startedAt ?? this.#lastStartedAt;
  }

  /** A worker starts on it, or on a part of it that is run again. */
  started(workerIndex: number): void {
    this.#worker = workerIndex;
    this.#lastStartedAt = this.#clock.now();
    this.#startedAt ??= this.#lastStartedAt;
  }

  /** Milliseconds of its last run until now: a run that was lost says nothing of the method. */
  lastRunMs(): number {
    return this.#clock.now() - this.#lastStartedAt;
  }

  /**
   * What it will still take, in milliseconds. One that takes longer than it should is expected to
   * take as long again as it is late: the later it is, the less is known of it.
   */
  remainingMs(now: number, latency: Latency): number {
    const expected = latency.predict(this.rows);
    return this.#worker === 0 ? expected : Math.abs(expected - (now - this.#lastStartedAt));
  }

  /** What it was, once it has been answered. */
  end(): BatchRecord {
    const [first] = this.#calls;
    return {
      rows: this.rows,
      requests: this.#calls.length,
      waitMs: this.startedAt - (first?.enqueuedAt ?? this.startedAt),
      runMs: this.#clock.now() - this.startedAt,
      reason: this.#reason,
      workerIndex: this.#worker,
    };
  }
}

/** In how many milliseconds each worker is expected to be free, the first one first. */
export function busyMs(
  running: Iterable<Batch>,
  workers: number,
  now: number,
  latency: Latency,
): number[] {
  const busy = new Array<number>(workers).fill(0);
  for (const batch of running) {
    // One that was sent ahead starts on the worker that is free first.
    busy[0] = (busy[0] ?? 0) + batch.remainingMs(now, latency);
    busy.sort((one, other) => one - other);
  }
  return busy;
}
