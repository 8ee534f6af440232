/**
 * Batch: calls that were sent together, and how long that took.
 * @module
 */

import type { Clock } from "../host.ts";
import type { BatchRecord } from "./batch-record.ts";
import type { CloseReason, Waiting } from "./policy.ts";

/** A batch from the moment it was closed to its end. */
export class Batch {
  readonly #calls: readonly Waiting[];
  readonly #reason: CloseReason;
  readonly #clock: Clock;
  #worker = 0;
  #startedAt: number | undefined;
  #lastStartedAt: number;

  constructor(calls: readonly Waiting[], reason: CloseReason, clock: Clock) {
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

  /** What it was, once it has been answered. */
  end(): BatchRecord {
    const [first] = this.#calls;
    return {
      rows: this.#calls.reduce((sum, { rows }) => sum + rows, 0),
      requests: this.#calls.length,
      waitMs: this.startedAt - (first?.enqueuedAt ?? this.startedAt),
      runMs: this.#clock.now() - this.startedAt,
      reason: this.#reason,
      workerIndex: this.#worker,
    };
  }
}
