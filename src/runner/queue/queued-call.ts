/**
 * QueuedCall: a call of a method, from its arrival to its answer. It is sent whole, or in
 * portions whose answers are joined.
 * @module
 */

import type { Waiting } from "../batching/fitting.ts";
import type { CallRecord, Lane, RunRecord } from "../call-options.ts";
import { Pending, type PendingOptions } from "../pool/pending.ts";
import { joinRows, mismatchOf, type Part } from "../rows/join.ts";
import type { RowAxis } from "../rows/rows.ts";
import type { QueueItem } from "./call-group.ts";

/** The number of calls so far, of all methods. */
let arrivals = 0;

/** Returns the number of the next arrival. */
export function nextArrival(): number {
  return arrivals++;
}

/** The options of a call. */
export interface QueuedCallOptions extends PendingOptions {
  readonly input: unknown;
  readonly rows: number;
  /** The weight of its heaviest row. */
  readonly weight: number;
  /** The mean weight of its rows; `undefined` for those of a method without weights. */
  readonly meanWeight?: number | undefined;
  /** Calls of one key can be joined. */
  readonly key: string;
  readonly caller: string | undefined;
  readonly lane: Lane;
  /** The number of its arrival. */
  readonly order: number;
  /** True if its rows must be in one batch. */
  readonly whole: boolean;
  readonly enqueuedAt: number;
  /** The time by which its batch must end. */
  readonly deadlineAt: number;
  readonly axisOut: RowAxis;
  /** The answer that it shares with the other pieces of a call. Default: one of its own. */
  readonly pending?: Pending;
  /** Its index among these; `undefined` for a call that is not in pieces. */
  readonly piece?: number;
  /** Takes its answer. Default: it is the answer of the call. */
  readonly answered?: (value: unknown) => void;
  /** Called with the record of each batch that it was in, and the batch. */
  readonly onCall?: ((record: CallRecord, batch: object) => void) | undefined;
  /** Called with the record of each run that it was in. */
  readonly onRun?: ((record: RunRecord) => void) | undefined;
  /** Called when the answers of its portions cannot be joined; `reason` says why. */
  readonly unjoinable: (call: QueuedCall, reason: string) => void;
}

/** A call that waits, runs, or has been answered. */
export class QueuedCall implements Waiting, QueueItem {
  readonly pending: Pending;
  readonly key: string;
  readonly caller: string | undefined;
  readonly lane: Lane;
  readonly order: number;
  readonly weight: number;
  readonly meanWeight: number | undefined;
  /** Its index among the pieces of a call; `undefined` for a call that is not in pieces. */
  readonly piece: number | undefined;
  readonly enqueuedAt: number;
  readonly deadlineAt: number;
  /** The number of all its rows. */
  readonly totalRows: number;
  readonly #options: QueuedCallOptions;
  #whole: boolean;
  #sentRows = 0;
  #answeredRows = 0;
  /** The answers of its portions, by their first row. */
  #answers: Map<number, unknown> | undefined;

  constructor(options: QueuedCallOptions) {
    const { rows, weight, key, caller, lane, order, enqueuedAt, deadlineAt } = options;
    this.pending = options.pending ?? new Pending(options);
    this.key = key;
    this.caller = caller;
    this.lane = lane;
    this.order = order;
    this.weight = weight;
    this.meanWeight = options.meanWeight;
    this.piece = options.piece;
    this.enqueuedAt = enqueuedAt;
    this.deadlineAt = deadlineAt;
    this.totalRows = rows;
    this.#options = options;
    this.#whole = options.whole;
  }

  /** The number of rows that have not been sent. */
  get rows(): number {
    return this.totalRows - this.#sentRows;
  }

  get units(): number {
    return this.rows * this.weight;
  }

  get whole(): boolean {
    return this.#whole;
  }

  /** True once some of its rows have been sent. */
  get started(): boolean {
    return this.#sentRows > 0;
  }

  /** Receives the record of each batch that it was in. */
  get onCall(): QueuedCallOptions["onCall"] {
    return this.#options.onCall;
  }

  /** Receives the record of each run that it was in. */
  get onRun(): QueuedCallOptions["onRun"] {
    return this.#options.onRun;
  }

  /** Returns its next rows, to be sent. */
  take(rows: number): Portion {
    const portion = new Portion(this, this.#sentRows, rows);
    this.#sentRows += rows;
    return portion;
  }

  get input(): unknown {
    return this.#options.input;
  }

  /** Adds the answer of a portion. The last one settles the call. */
  answer({ begin, rows }: Portion, value: unknown): void {
    if (rows === this.totalRows) return this.#resolve(value);
    this.#answers ??= new Map();
    this.#answers.set(begin, value);
    this.#answeredRows += rows;
    if (this.#answeredRows < this.totalRows) return;
    const answers = [...this.#answers].sort(([one], [other]) => one - other);
    this.#answers = undefined;
    const { axisOut, unjoinable } = this.#options;
    const values = answers.map(([, answer]) => answer);
    const mismatch = mismatchOf(values, this.totalRows, axisOut);
    if (mismatch !== undefined) return unjoinable(this, mismatch);
    this.#resolve(joinRows(values, axisOut));
  }

  /** Resets it, to be sent in one batch. */
  restart(): void {
    this.#sentRows = 0;
    this.#answeredRows = 0;
    this.#whole = true;
  }

  /** Settles the call. An error in place of its only row rejects it. */
  #resolve(value: unknown): void {
    const { answered } = this.#options;
    if (answered !== undefined) return answered(value);
    const only: unknown = this.totalRows === 1 && Array.isArray(value) ? value[0] : undefined;
    if (only instanceof Error) this.pending.reject(only);
    else this.pending.resolve(value);
  }
}

/** Consecutive rows of a call that are in one batch: usually all of them. */
export class Portion implements Part {
  readonly call: QueuedCall;
  /** Its first row in the call. */
  readonly begin: number;
  readonly rows: number;
  /** The number of its runs. */
  runs = 0;
  /** The number of workers lost while they ran it. */
  losses = 0;
  /** The number of those that were lost while it ran alone. */
  lossesAlone = 0;
  #settled = false;

  constructor(call: QueuedCall, begin: number, rows: number) {
    this.call = call;
    this.begin = begin;
    this.rows = rows;
  }

  /** The input of the whole call. */
  get input(): unknown {
    return this.call.input;
  }

  /** True for all rows of its call. */
  get isWhole(): boolean {
    return this.rows === this.call.totalRows;
  }

  /** False once it or its call has been settled. */
  get waiting(): boolean {
    return !this.#settled && this.call.pending.waiting;
  }

  resolve(value: unknown): void {
    if (!this.waiting) return;
    this.#settled = true;
    try {
      this.call.answer(this, value);
    } catch (error) {
      this.call.pending.reject(error); // the answers of its parts are no rows
    }
  }

  /** Fails the whole call. */
  reject(error: unknown): void {
    if (!this.waiting) return;
    this.#settled = true;
    this.call.pending.reject(error);
  }
}
