/**
 * Batch: calls that are sent together.
 * @module
 */

import type { Clock } from "../../clock.ts";
import type { MakePayload, Payload } from "../../worker/payload.ts";
import type { RunRecord } from "../call-options.ts";
import type { Portion } from "../queue/queued-call.ts";
import type { BatchRecord } from "./batch-record.ts";
import type { CloseReason } from "./policy.ts";

/** Returns the number of rows of some calls. */
export function rowsOf(portions: readonly Portion[]): number {
  return portions.reduce((sum, { rows }) => sum + rows, 0);
}

/** Returns the sum of the weights of the rows of some calls. */
function netUnitsOf(portions: readonly Portion[]): number {
  return portions.reduce((sum, { rows, call }) => sum + rows * (call.meanWeight ?? 1), 0);
}

/** Returns the number of calls: the pieces of a call are one. */
function requestsOf(portions: readonly Portion[]): number {
  let pieces: Set<unknown> | undefined;
  let requests = 0;
  for (const { call } of portions) {
    if (call.piece === undefined) requests += 1;
    else pieces = (pieces ?? new Set()).add(call.pending);
  }
  return requests + (pieces?.size ?? 0);
}

/** The part of a record that its call knows. */
type CallRun = Pick<RunRecord, "runner" | "method" | "callRows" | "waitMs" | "runMs">;

/** A batch from the moment it was closed to its end. */
export class Batch {
  readonly portions: readonly Portion[];
  readonly rows: number;
  /** Its rows, times the weight of the heaviest one. */
  readonly units: number;
  readonly reason: CloseReason;
  readonly #clock: Clock;
  /** The time of its last run as its worker has measured it, if it has. */
  ranMs: number | undefined;
  #joinMs = 0;
  #worker = 0;
  #startedAt: number | undefined;
  #lastStartedAt: number;

  constructor(portions: readonly Portion[], reason: CloseReason, clock: Clock) {
    this.portions = portions;
    this.rows = rowsOf(portions);
    const heaviest = portions.reduce((most, { call }) => Math.max(most, call.weight), 0);
    this.units = this.rows * heaviest;
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

  /** Joins the arguments of its calls, and measures how long that takes. */
  joined(join: MakePayload): Payload {
    const begunAt = this.#clock.now();
    const payload = join();
    this.#joinMs = this.#clock.now() - begunAt;
    return payload;
  }

  /** Returns its record for a call that was in it. */
  runOf({ runner, method, callRows, waitMs, runMs }: CallRun): RunRecord {
    const { rows, reason, ranMs } = this;
    const own = { runner, method, callRows, waitMs, runMs };
    return { ...own, batch: this, rows, reason, joinMs: this.#joinMs, ranMs };
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
      units: this.units,
      ...(first?.call.meanWeight !== undefined && { netUnits: netUnitsOf(this.portions) }),
      requests: requestsOf(this.portions),
      waitMs: this.startedAt - (first?.call.enqueuedAt ?? this.startedAt),
      runMs: this.#clock.now() - this.startedAt,
      reason: this.reason,
      workerIndex: this.#worker,
    };
  }
}
