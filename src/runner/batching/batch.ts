/**
 * Batch: calls that are sent together.
 * @module
 */

import type { Clock } from "../../clock.ts";
import type { BatchRecord } from "./batch-record.ts";
import type { CloseReason } from "./policy.ts";
import type { Portion } from "./queued-call.ts";

/** A batch from the moment it was closed to its end. */
export class Batch {
  readonly portions: readonly Portion[];
  readonly rows: number;
  /** Its rows, times the weight of the heaviest one. */
  readonly units: number;
  readonly reason: CloseReason;
  readonly #clock: Clock;
  #worker = 0;
  #startedAt: number | undefined;
  #lastStartedAt: number;

  constructor(portions: readonly Portion[], reason: CloseReason, clock: Clock) {
    this.portions = portions;
    let rows = 0;
    let heaviest = 0;
    for (const portion of portions) {
      rows += portion.rows;
      heaviest = Math.max(heaviest, portion.call.weight);
    }
    this.rows = rows;
    this.units = rows * heaviest;
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
