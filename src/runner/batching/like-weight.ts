/**
 * ofLikeWeight(): joins calls whose rows differ in weight, such as texts of different lengths.
 * @module
 */

import { high } from "../latency/latency.ts";
import type { Fit, Limits, Waiting } from "./fitting.ts";
import type { CloseReason } from "./policy.ts";

/** The numbers of calls by which each end of the best range is then moved. */
const STEPS = [32, 16, 8, 4, 2, 1];

/**
 * Joins a call with those of like weight: of the ranges of weights around its own, the one that
 * answers the most net units in a millisecond. All rows are padded to the heaviest one, so a few
 * heavy rows make a batch slow, and the call alone wins where nothing is gained.
 *
 * @param alone the batch of the call alone
 * @param calls the calls that it can be joined with, and itself
 */
export function ofLikeWeight<W extends Waiting>(
  call: W,
  alone: Fit<W>,
  calls: readonly W[],
  limits: Limits,
): Fit<W> {
  const { latency } = limits;
  const sorted = calls.toSorted((one, other) => one.weight - other.weight);
  const own = sorted.indexOf(call);
  const sums = new Sums(sorted, own);
  const obstacleTo = (from: number, to: number): CloseReason | undefined => {
    const rows = sums.rows(from, to);
    const units = rows * (sorted[to]?.weight ?? 0);
    if (rows > limits.maxBatchSize || units > limits.maxBatchWeight) return "full";
    const endsAt = limits.now + high(latency, units);
    return endsAt > sums.earliestAt(from, to) ? "deadline" : undefined;
  };
  let bestRate = alone.netUnits / latency.mean(alone.units);
  let [begin, last] = [own, own];
  /** Chooses a range if it is better. Returns false if it is not possible. */
  const tryRange = (from: number, to: number): boolean => {
    const heaviest = sorted[to]?.weight;
    if (heaviest === undefined || obstacleTo(from, to) !== undefined) return false;
    const rate = sums.netUnits(from, to) / latency.mean(sums.rows(from, to) * heaviest);
    // Of equal rates, the larger batch.
    const isLarger = to - from > last - begin;
    if (rate > bestRate || (rate === bestRate && isLarger)) {
      [bestRate, begin, last] = [rate, from, to];
    }
    return true;
  };
  for (const up of distances(sorted.length - 1 - own)) {
    for (const down of distances(own)) {
      if (!tryRange(own - down, own + up)) break;
    }
  }
  for (const step of STEPS) {
    if (last + step < sorted.length) tryRange(begin, last + step);
    if (begin >= step) tryRange(begin - step, last);
    if (last - step >= own) tryRange(begin, last - step);
    if (begin + step <= own) tryRange(begin + step, last);
  }
  const rows = sums.rows(begin, last);
  const heaviest = sorted[last]?.weight ?? 0;
  return {
    shares: sorted.slice(begin, last + 1).map((each) => ({ call: each, rows: each.rows })),
    units: rows * heaviest,
    netUnits: sums.netUnits(begin, last),
    earliestAt: sums.earliestAt(begin, last),
    closed: closedBy(),
  };

  /** Returns the reason why the next lighter and the next heavier call are not in the batch. */
  function closedBy(): CloseReason | undefined {
    const isFull = rows >= limits.maxBatchSize || (rows + 1) * heaviest > limits.maxBatchWeight;
    if (isFull) return "full";
    const reasons = new Set<CloseReason>();
    if (begin > 0) reasons.add(obstacleTo(begin - 1, last) ?? "padding");
    if (last + 1 < sorted.length) reasons.add(obstacleTo(begin, last + 1) ?? "padding");
    return (["deadline", "padding", "full"] as const).find((reason) => reasons.has(reason));
  }
}

/** Returns the numbers of calls on one side with which a range is tried at first: powers of two. */
function distances(most: number): number[] {
  const found = [0];
  for (let at = 1; at < most; at += Math.max(1, at >> 1)) found.push(at);
  if (most > 0) found.push(most);
  return found;
}

/** The sums over ranges of calls around one of them, which take constant time. */
class Sums {
  readonly #rows: Float64Array;
  readonly #netUnits: Float64Array;
  /** The earliest deadline of the calls from each to the one in the middle. */
  readonly #earliestAt: Float64Array;

  constructor(calls: readonly Waiting[], middle: number) {
    this.#rows = new Float64Array(calls.length + 1);
    this.#netUnits = new Float64Array(calls.length + 1);
    this.#earliestAt = new Float64Array(calls.length).fill(Number.POSITIVE_INFINITY);
    for (const [at, { rows, weight }] of calls.entries()) {
      this.#rows[at + 1] = (this.#rows[at] ?? 0) + rows;
      this.#netUnits[at + 1] = (this.#netUnits[at] ?? 0) + rows * weight;
    }
    const note = (at: number, from: number): void => {
      const { deadlineAt = 0 } = calls[at] ?? {};
      this.#earliestAt[at] = Math.min(deadlineAt, this.#earliestAt[from] ?? deadlineAt);
    };
    note(middle, middle);
    for (let at = middle + 1; at < calls.length; at++) note(at, at - 1);
    for (let at = middle - 1; at >= 0; at--) note(at, at + 1);
  }

  /** Returns the number of rows of the calls from one to another, inclusive. */
  rows(begin: number, last: number): number {
    return (this.#rows[last + 1] ?? 0) - (this.#rows[begin] ?? 0);
  }

  netUnits(begin: number, last: number): number {
    return (this.#netUnits[last + 1] ?? 0) - (this.#netUnits[begin] ?? 0);
  }

  earliestAt(begin: number, last: number): number {
    return Math.min(this.#earliestAt[begin] ?? 0, this.#earliestAt[last] ?? 0);
  }
}
