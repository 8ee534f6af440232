/**
 * Fitting: chooses the calls of a batch, so that all of them are answered in time.
 * @module
 */

import { high, type Latency } from "../latency/latency.ts";
import type { Queued } from "../queue/sorted-list.ts";
import { ofLikeWeight } from "./like-weight.ts";
import type { CloseReason, Strategy } from "./policy.ts";

/** A call that waits. */
export interface Waiting extends Queued {
  /** The number of its rows that wait. */
  readonly rows: number;
  /** The weight of the heaviest of them: 1 where rows have no weights. */
  readonly weight: number;
  /** True if they must be in one batch. */
  readonly whole: boolean;
  /** Its arrival, in milliseconds of the clock. */
  readonly enqueuedAt: number;
}

/** The next rows of a call: all that wait, or fewer if the call is split to fill a batch. */
export interface Share<W extends Waiting> {
  readonly call: W;
  readonly rows: number;
}

/** Some calls that can be sent as a batch. */
export interface Fit<W extends Waiting> {
  readonly shares: readonly Share<W>[];
  /** The rows, times the heaviest weight. */
  readonly units: number;
  /** The sum of the weights of the rows: without what they are padded by. */
  readonly netUnits: number;
  /** The earliest deadline of the calls. */
  readonly earliestAt: number;
  /** The reason why nothing more can be joined; `undefined` if something can. */
  readonly closed: CloseReason | undefined;
}

/** The bounds of a batch, and what its worth depends on. */
export interface Limits {
  readonly now: number;
  readonly free: number;
  /** The milliseconds until another worker is free, beside the one that a batch is for. */
  readonly nextFreeInMs: number;
  /** The units that wait and can be joined, if all free workers are for them; else 0. */
  readonly waitingUnits: number;
  readonly maxBatchSize: number;
  readonly maxBatchWeight: number;
  readonly strategy: Strategy;
  readonly latency: Latency;
  readonly price: number;
}

/** The most batches' worth of rows, and the most calls, among which those of a batch are chosen. */
const MAX_BATCHES = 2;
const MAX_WEIGHED_BATCHES = 4;
const MAX_CALLS = 256;

/** The numbers of calls at the head without which a batch is tried, when they make it small. */
const LEFT_OUT = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

/** The time that a batch must save by leaving calls to other workers. */
const MIN_SAVED_MS = 1;

/** A batch that is chosen among several. */
export interface Choice<W extends Waiting> {
  readonly fit: Fit<W>;
  /** Calls to refuse: those at the head that it leaves out, and that would be late behind it. */
  readonly dropped: readonly W[];
  /** The time by which the first of those must start that it leaves out. */
  readonly leftBy: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Returns the most rows of a weight in a batch: at least one, which may be too heavy alone. */
export function maxRowsOf(weight: number, limits: Limits): number {
  const { maxBatchSize, maxBatchWeight } = limits;
  return Math.max(1, Math.min(maxBatchSize, Math.floor(maxBatchWeight / weight)));
}

/**
 * The units that leaving out a call costs, beside its own: it was admitted, and it is better to
 * refuse a call on arrival. With more, batches stay small under overload.
 */
const PROMISE = 0.12;

/** The calls that a batch is chosen from, in the order in which they are to be served. */
export class Fitting<W extends Waiting> {
  /** The calls passed over, since they would be late even alone. */
  readonly late: W[] = [];
  readonly #limits: Limits;
  readonly #source: Iterator<W>;
  /** Those taken from the source so far that are not late. */
  readonly #calls: W[] = [];
  #isWeighed = false;

  constructor(calls: Iterable<W>, limits: Limits) {
    this.#limits = limits;
    this.#source = calls[Symbol.iterator]();
  }

  /** The first call that is not late. */
  get first(): W | undefined {
    return this.#at(0);
  }

  /**
   * Returns the batch that starts with the first call or, if that makes it small, one without some
   * calls at the head that is worth more. Under overload, small batches would take the time of all
   * calls behind them, until none could be answered in time.
   */
  best(): Choice<W> {
    let best = this.fit(0);
    if (best.closed !== "deadline") return { fit: best, dropped: [], leftBy: NEVER };
    this.#pullWindow(MAX_BATCHES);
    let leftOut = 0;
    let value = this.#valueOf(best, 0);
    for (const count of LEFT_OUT) {
      if (count >= this.#calls.length) break;
      const fit = this.fit(count);
      const other = this.#valueOf(fit, count) - PROMISE * count;
      if (other > value) {
        best = fit;
        leftOut = count;
        value = other;
      }
      if (fit.closed !== "deadline") break;
    }
    const left = this.#calls.slice(0, leftOut);
    const leftBy = left.reduce((by, call) => Math.min(by, this.startsBy(call)), NEVER);
    // Another worker may take those that are left out.
    const nextAt = this.#nextStartAt(best);
    return { fit: best, dropped: left.filter((call) => this.startsBy(call) < nextAt), leftBy };
  }

  /** Returns the largest batch that starts with a call and leaves none of its calls late. */
  fit(from: number): Fit<W> {
    const first = this.#at(from) as W;
    const fit = this.#prefix(from);
    if (!this.#isWeighed) return fit;
    this.#pullWindow(MAX_WEIGHED_BATCHES);
    const alone = this.#alone(first);
    if (alone.closed !== undefined) return alone;
    return ofLikeWeight(first, alone, this.#calls.slice(from), this.#limits);
  }

  /** Joins calls of one weight in their order. */
  #prefix(from: number): Fit<W> {
    const { now, strategy, latency } = this.#limits;
    const { weight } = this.#at(from) as W;
    const maxRows = this.#maxRows(weight);
    const bestRows = Math.max(1, Math.floor(latency.best(maxRows * weight) / weight));
    // Later deadlines do not bind, whatever the size of the batch.
    const looseAt = now + high(latency, maxRows * weight);
    const evenRows = this.#evenUnits() / weight;
    const shares: Share<W>[] = [];
    let rows = 0;
    let earliestAt = Number.POSITIVE_INFINITY;
    let closed: CloseReason | undefined;
    for (let at = from; closed === undefined; at++) {
      const call = this.#at(at);
      if (call === undefined) break;
      if (call.weight !== weight) {
        this.#isWeighed = true;
        break;
      }
      if (rows > 0 && rows + call.rows > evenRows) break;
      const room = bestRows - rows;
      if (rows > 0 && call.whole && call.rows > room) {
        closed = "unsplittable";
        break;
      }
      const share = call.whole ? call.rows : Math.min(call.rows, room);
      const earliestWith = Math.min(earliestAt, call.deadlineAt);
      if (shares.length > 0 && earliestWith < looseAt) {
        const endsBy = now + high(latency, (rows + share) * weight);
        if (endsBy > earliestAt) {
          closed = "deadline";
          break;
        }
        if (endsBy > call.deadlineAt) continue; // in the next batch, perhaps
      }
      shares.push({ call, rows: share });
      rows += share;
      earliestAt = earliestWith;
      if (rows >= bestRows) closed = "full";
      else if (strategy.name === "off") closed = "idle";
    }
    return { shares, units: rows * weight, netUnits: rows * weight, earliestAt, closed };
  }

  /**
   * Returns the units of a batch that leaves as many to each other free worker, if that saves time:
   * callers who wait for their answers would all be in one batch again and again.
   */
  #evenUnits(): number {
    const { free, waitingUnits, latency, strategy } = this.#limits;
    const even = free > 1 && strategy.name === "adaptive" ? waitingUnits / free : waitingUnits;
    return latency.mean(waitingUnits) - latency.mean(even) < MIN_SAVED_MS ? NEVER : even;
  }

  #alone(call: W): Fit<W> {
    const { weight, deadlineAt } = call;
    const rows = this.#firstRows(call);
    const units = rows * weight;
    const closed = rows < call.rows || rows >= this.#maxRows(weight) ? "full" : undefined;
    const shares = [{ call, rows }];
    return { shares, units, netUnits: units, earliestAt: deadlineAt, closed };
  }

  #maxRows(weight: number): number {
    return maxRowsOf(weight, this.#limits);
  }

  /**
   * Returns the worth of a batch, of the one after it, and of the calls that can wait for a later
   * one, in units: what is answered, less what its time is worth.
   */
  #valueOf(fit: Fit<W>, leftOut: number): number {
    const { now, latency, price, maxBatchSize } = this.#limits;
    const sent = new Set(fit.shares.map(({ call }) => call));
    const startsAt = this.#nextStartAt(fit);
    let rows = 0;
    let units = 0;
    let at = this.#calls.length - 1;
    const first = startsAt === now ? 0 : leftOut;
    for (; at >= first && rows < maxBatchSize; at--) {
      const call = this.#calls[at] as W;
      if (sent.has(call)) continue;
      const withCall = units + call.units;
      if (startsAt + high(latency, withCall) > call.deadlineAt) break;
      units = withCall;
      rows += call.rows;
    }
    const next = Math.max(0, units - price * latency.mean(units));
    const laterAt = startsAt + latency.mean(units);
    let later = 0;
    for (; at >= first; at--) {
      const call = this.#calls[at] as W;
      if (!sent.has(call) && this.startsBy(call) >= laterAt) later += call.units;
    }
    const fullUnits = this.#maxRows(this.#weight) * this.#weight;
    const unitMs = latency.mean(fullUnits) / fullUnits;
    const worth = Math.max(0, 1 - price * unitMs) * later;
    return fit.netUnits - price * latency.mean(fit.units) + next + worth;
  }

  /** The weight of the first call. */
  get #weight(): number {
    return this.#calls[0]?.weight ?? 1;
  }

  /** Returns the time at which the next batch can start: on this worker, or on another. */
  #nextStartAt({ units }: Fit<W>): number {
    const { now, latency, nextFreeInMs } = this.#limits;
    return now + Math.min(latency.mean(units), nextFreeInMs);
  }

  /** Returns the time by which a call must start to be answered in time. */
  startsBy(call: W): number {
    return call.deadlineAt - high(this.#limits.latency, this.#firstRows(call) * call.weight);
  }

  /** Returns the rows of a call in the first batch that it is in. */
  #firstRows({ rows, weight, whole }: W): number {
    return whole ? rows : Math.min(rows, this.#maxRows(weight));
  }

  /** Returns a call that is not late, by its place; `undefined` if there are fewer. */
  #at(index: number): W | undefined {
    const { now, free } = this.#limits;
    while (index >= this.#calls.length) {
      const { value, done } = this.#source.next();
      if (done) return undefined;
      // By its own rows: the cost of other calls is no reason to refuse this one. If no worker is
      // free, it starts later than now.
      const startsBy = this.startsBy(value);
      const isLate = free > 0 ? startsBy < now : startsBy <= now;
      (isLate ? this.late : this.#calls).push(value);
    }
    return this.#calls[index];
  }

  /** Takes calls from the source, until there are some batches' worth of rows. */
  #pullWindow(batches: number): void {
    const most = batches * this.#limits.maxBatchSize;
    const rowsOf = (calls: readonly W[]): number => calls.reduce((sum, { rows }) => sum + rows, 0);
    for (let rows = rowsOf(this.#calls); rows < most; ) {
      if (this.#calls.length >= MAX_CALLS) return;
      const call = this.#at(this.#calls.length);
      if (call === undefined) return;
      rows += call.rows;
    }
  }
}
