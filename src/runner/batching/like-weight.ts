/**
 * ofLikeWeight(): joins calls whose rows differ in weight, such as texts of different lengths.
 * @module
 */

import { type Fit, type Limits, maxRowsOf, type Share, type Waiting } from "./fitting.ts";
import { high } from "./latency.ts";
import type { CloseReason } from "./policy.ts";

/** The classes of weights in which calls are joined: 16 an octave, up to 16 times the first. */
const AN_OCTAVE = 16;
const FAR = 4 * AN_OCTAVE;
/** The distances from the class of the first call at which a range is tried to end. */
const RANGE = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 26, 32, 40, 52, FAR];

/**
 * Joins the first of some calls with those of like weight: of the ranges of weights around its own,
 * the one that answers the most net units in a millisecond. All rows are padded to the heaviest
 * one, so a few heavy rows make a batch slow, and the call alone wins where nothing is gained.
 *
 * @param calls the calls in the order in which they are to be served
 * @param from the place of the first one
 */
export function ofLikeWeight<W extends Waiting>(
  calls: readonly W[],
  from: number,
  limits: Limits,
): Fit<W> {
  const { now, latency } = limits;
  const first = calls[from] as W;
  const classes = new WeightClasses(calls, from);
  const bounds = new Bounds(first, classes.heaviest(FAR), limits);
  const alone = Math.min(first.rows, bounds.rows(first.weight));
  let bestRate = (alone * first.weight) / latency.mean(alone * first.weight);
  let [lightest, heaviest] = [1, -1]; // no range: the first call alone
  // What padding costs is not known before the first batch.
  const range = latency.known ? RANGE : [0];
  for (const up of range) {
    const weight = classes.heaviest(up);
    const room = bounds.rows(weight);
    if (room <= first.rows) break;
    for (const down of range) {
      const rows = classes.rows(down, up);
      const taken = Math.min(rows, room);
      const rate = (classes.netUnits(down, up) * (taken / rows)) / latency.mean(taken * weight);
      // Of equal rates, the larger batch.
      if (rate >= bestRate) {
        bestRate = rate;
        [lightest, heaviest] = [-down, up];
      }
      if (rows >= room) break;
    }
  }
  return joined();

  /** Joins the calls of the best range in their order. */
  function joined(): Fit<W> {
    const most = heaviest < 0 ? first.weight : classes.heaviest(heaviest);
    const room = bounds.rows(most);
    // Later deadlines do not bind.
    const looseAt = now + high(latency, room * most);
    const shares: Share<W>[] = [];
    let [rows, weight, netUnits] = [0, 0, 0];
    let earliestAt = Number.POSITIVE_INFINITY;
    let closed: CloseReason = "padding";
    for (let at = from; at < calls.length && rows < room; at++) {
      const call = calls[at] as W;
      if (at > from && !classes.isWithin(at - from, lightest, heaviest)) continue;
      const share = call.whole ? call.rows : Math.min(call.rows, room - rows);
      const weightWith = Math.max(weight, call.weight);
      const earliestWith = Math.min(earliestAt, call.deadlineAt);
      if (at > from) {
        if (rows + share > room) {
          closed = "unsplittable";
          continue;
        }
        const units = (rows + share) * weightWith;
        if (earliestWith < looseAt && now + high(latency, units) > earliestWith) {
          closed = "deadline";
          continue;
        }
      }
      shares.push({ call, rows: share });
      [rows, weight, earliestAt] = [rows + share, weightWith, earliestWith];
      netUnits += share * call.weight;
    }
    const isAll = shares.length === calls.length - from;
    const reason = rows >= room ? bounds.reason : isAll ? undefined : closed;
    return { shares, units: rows * weight, netUnits, earliestAt, closed: reason };
  }
}

/** Calls by their weights, in classes around that of the first one, whose class is 0. */
class WeightClasses {
  readonly #ofCall: Int8Array;
  /** The rows from class 0 down to each class, without it, and up to each class. */
  readonly #rowsDown = new Float64Array(FAR + 1);
  readonly #rowsUp = new Float64Array(FAR + 1);
  readonly #netUnitsDown = new Float64Array(FAR + 1);
  readonly #netUnitsUp = new Float64Array(FAR + 1);
  /** The heaviest weight from class 0 up to each. */
  readonly #heaviest = new Float64Array(FAR + 1);

  constructor(calls: readonly Waiting[], from: number) {
    const own = calls[from]?.weight ?? 1;
    this.#ofCall = new Int8Array(calls.length - from);
    for (let at = from; at < calls.length; at++) {
      const { rows, weight } = calls[at] as Waiting;
      const distance = weight === own ? 0 : Math.round(AN_OCTAVE * Math.log2(weight / own));
      const index = Math.max(-FAR, Math.min(FAR, distance));
      this.#ofCall[at - from] = index;
      const rowsOf = index < 0 ? this.#rowsDown : this.#rowsUp;
      const netUnitsOf = index < 0 ? this.#netUnitsDown : this.#netUnitsUp;
      const place = Math.abs(index);
      rowsOf[place] = (rowsOf[place] ?? 0) + rows;
      netUnitsOf[place] = (netUnitsOf[place] ?? 0) + rows * weight;
      if (index >= 0) this.#heaviest[place] = Math.max(this.#heaviest[place] ?? 0, weight);
    }
    for (const sums of [this.#rowsDown, this.#rowsUp, this.#netUnitsDown, this.#netUnitsUp]) {
      for (let at = 1; at <= FAR; at++) sums[at] = (sums[at] ?? 0) + (sums[at - 1] ?? 0);
    }
    const most = this.#heaviest;
    for (let at = 1; at <= FAR; at++) most[at] = Math.max(most[at] ?? 0, most[at - 1] ?? 0);
  }

  /** Returns true for a call in a range of classes. */
  isWithin(call: number, from: number, to: number): boolean {
    const index = this.#ofCall[call] ?? 0;
    return index >= from && index <= to;
  }

  /** Returns the rows of so many classes below 0 up to one above. */
  rows(down: number, up: number): number {
    return (this.#rowsDown[down] ?? 0) + (this.#rowsUp[up] ?? 0);
  }

  netUnits(down: number, up: number): number {
    return (this.#netUnitsDown[down] ?? 0) + (this.#netUnitsUp[up] ?? 0);
  }

  /** Returns the heaviest weight of the classes up to one. */
  heaviest(up: number): number {
    return this.#heaviest[up] ?? 0;
  }
}

/** The steps of a search for a number of units: to 1/256 of the maximum. */
const STEPS = 8;

/** The most rows of a batch that starts with a call. */
class Bounds {
  /** The reason for which a batch of so many rows is closed. */
  readonly reason: CloseReason;
  readonly #limits: Limits;
  readonly #maxUnits: number;

  constructor(first: Waiting, heaviest: number, limits: Limits) {
    const { now, maxBatchSize, maxBatchWeight, latency } = limits;
    const bestUnits = latency.best(
      Math.max(first.weight, Math.min(maxBatchSize * heaviest, maxBatchWeight)),
    );
    const inTime = (units: number): boolean => now + high(latency, units) <= first.deadlineAt;
    this.#limits = limits;
    this.reason = inTime(bestUnits) ? "full" : "deadline";
    this.#maxUnits = this.reason === "full" ? bestUnits : largestWhere(bestUnits, inTime);
  }

  /** Returns the most rows, at least one, of which the heaviest has a weight. */
  rows(weight: number): number {
    const inUnits = Math.max(1, Math.floor(this.#maxUnits / weight));
    return Math.min(inUnits, maxRowsOf(weight, this.#limits));
  }
}

function largestWhere(max: number, holds: (units: number) => boolean): number {
  let low = 0;
  let above = max;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + above) / 2;
    if (holds(middle)) low = middle;
    else above = middle;
  }
  return low;
}
