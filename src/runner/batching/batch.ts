/**
 * Batch: calls that are sent together.
 * @module
 */

import type { Clock } from "../../clock.ts";
import type { BatchRecord } from "./batch-record.ts";
import type { CloseReason, Latency } from "./policy.ts";
import type { Portion } from "./queued-call.ts";

/** A batch from the moment it was closed to its end. */
export class Batch {
  readonly portions: readonly Portion[];
  readonly rows: number;
  readonly reason: CloseReason;
  readonly #clock: Clock;
  #worker = 0;
  #startedAt: number | undefined;
  #lastStartedAt: number;

  constructor(portions: readonly Portion[], reason: CloseReason, clock: Clock) {
    this.portions = portions;
    this.rows = portions.reduce((sum, portion) => sum + portion.rows, 0);
    this.reason = reason;
    this.#clock = clock;
    this.#lastStartedAt = clock.now();
  }

  /** The time of its first start by a worker; until then, the time at which it was closed. */
  get startedAt(): number {
    return this.#startedAt ?? this.#lastStartedAt;
  }

  /** True once a worker has started on it. */
  get isStarted(): boolean {
    return this.#startedAt !== undefined;
  }

  /** Called when a worker starts on it. */
  started(workerIndex: number): void {
    this.#worker = workerIndex;
    this.#lastStartedAt = this.#clock.now();
    this.#startedAt ??= this.#lastStartedAt;
  }

  /** Returns the duration of its current run, in milliseconds. */
  lastRunMs(): number {
    return this.#clock.now() - this.#lastStartedAt;
  }

  /**
   * Returns the expected milliseconds until its end. A batch that is late is expected to take as
   * long again as it is late.
   */
  remainingMs(now: number, latency: Latency): number {
    const expected = latency.predict(this.rows);
    return this.#worker === 0 ? expected : Math.abs(expected - (now - this.#lastStartedAt));
  }

  /** Returns its record, once it has been answered. */
  end(): BatchRecord {
    const [first] = this.portions;
    return {
      rows: this.rows,
      requests: this.portions.length,
      waitMs: this.startedAt - (first?.call.enqueuedAt ?? this.startedAt),
      runMs: this.#clock.now() - this.startedAt,
      reason: this.reason,
      workerIndex: this.#worker,
    };
  }
}

/** Returns the expected milliseconds until each worker is free, in ascending order. */
export function busyMs(
  running: Iterable<Batch>,
  workers: number,
  now: number,
  latency: Latency,
): number[] {
  const busy = new Array<number>(workers).fill(0);
  for (const batch of running) {
    // A batch that was sent ahead starts on the worker that is free first.
    busy[0] = (busy[0] ?? 0) + batch.remainingMs(now, latency);
    busy.sort((one, other) => one - other);
  }
  return busy;
}
