/**
 * Forecast: the time at which a new call would be answered. A call that would be late is refused on
 * arrival: a later refusal would cost its caller the wait.
 * @module
 */

import { high, type Latency } from "../latency/latency.ts";
import { largestWhere } from "./largest-where.ts";

/** The work ahead of a call. */
export interface Load {
  readonly now: number;
  /** The units of the call. */
  readonly units: number;
  /** The units of the waiting calls that it can be joined with and that go first. */
  readonly unitsBefore: number;
  /** The earliest deadline of those. */
  readonly earliestAt: number;
  /** The milliseconds until each worker is free, in ascending order. */
  readonly freeInMs: ArrayLike<number>;
  /** The milliseconds of work of one worker that goes first and cannot be joined. */
  readonly othersMs: number;
  /** The most units in a batch. */
  readonly maxUnits: number;
  /** The units of the smallest batch that is worth its time: see `Demand.largest()`. */
  readonly leastUnits: number;
  /** The mean units a millisecond of the calls that arrive and have no more time than this one. */
  readonly unitsPerMs: number;
  readonly latency: Latency;
}

/**
 * Returns the time at which the last row of the call is answered, in milliseconds of the clock.
 *
 * The batches before its own each go to the worker that is free first, and are full, but for the
 * first one: its calls may have too little time left for more of them. The batch of the call
 * itself is planned with as many units as make it worth its time, if as many will have arrived: a
 * call without the time for them would keep it small, and the calls behind it would be late.
 */
export function answeredAt(load: Load): number {
  const { now, units, unitsBefore, earliestAt, freeInMs, othersMs, maxUnits, latency } = load;
  const workers = Math.max(1, freeInMs.length);
  // The units of the batch of the call, with those that will have arrived by its start.
  const filled = (waiting: number, startsAt: number): number => {
    const arrived = waiting + load.unitsPerMs * Math.max(0, startsAt - now);
    return Math.max(waiting, Math.min(load.leastUnits, maxUnits, arrived));
  };
  const total = unitsBefore + units;
  const firstAt = now + (freeInMs[0] ?? 0) + othersMs / workers;
  if (total <= maxUnits && firstAt + high(latency, total) <= earliestAt) {
    return firstAt + high(latency, filled(total, firstAt));
  }
  const inTime = (size: number): boolean => high(latency, size) <= earliestAt - firstAt;
  const firstUnits = Math.min(total, largestWhere(0, maxUnits, inTime));
  const before = Math.ceil((total - firstUnits) / maxUnits);
  const lastUnits = total - firstUnits - (before - 1) * maxUnits;
  const fullMs = latency.mean(maxUnits);
  // A short first batch is like a full one that began earlier.
  const savedMs = before > 0 ? fullMs - latency.mean(firstUnits) : 0;
  const startsAt = now + othersMs / workers + startInMs(before, freeInMs, savedMs, fullMs);
  const rounds = Math.floor(before / workers);
  // The deviations of several batches partly cancel each other out.
  const spread = Math.sqrt(1 + rounds) - 1;
  const spreadMs = spread * (high(latency, maxUnits) - fullMs);
  return startsAt + high(latency, filled(lastUnits, startsAt)) + spreadMs;
}

/**
 * Returns the milliseconds until a batch can start, if each one before it takes the same time and
 * goes to the worker that is free first.
 *
 * @param before the number of batches before it
 * @param savedMs the milliseconds by which the first worker is free earlier than stated
 */
function startInMs(
  before: number,
  freeInMs: ArrayLike<number>,
  savedMs: number,
  batchMs: number,
): number {
  const firstMs = (freeInMs[0] ?? 0) - savedMs;
  if (before === 0 || batchMs <= 0) return firstMs;
  if (freeInMs.length <= 1) return firstMs + before * batchMs;
  // A round is the time of a batch. Each worker starts one batch in each round, but for the first
  // ones, in which it is busy. The batch starts in the round after `rounds`, in which `started`
  // batches have been started.
  let rounds = before;
  let busyRounds = 0;
  for (let at = 1; at < freeInMs.length; at++) {
    busyRounds += Math.floor(((freeInMs[at] ?? 0) - firstMs) / batchMs);
    rounds = Math.min(rounds, Math.floor((before + busyRounds) / (at + 1)));
  }
  let started = rounds;
  const offsets = [0];
  for (let at = 1; at < freeInMs.length; at++) {
    const waitMs = (freeInMs[at] ?? 0) - firstMs;
    const busy = Math.floor(waitMs / batchMs);
    if (busy > rounds) break;
    started += rounds - busy;
    offsets.push(waitMs - busy * batchMs);
  }
  offsets.sort((one, other) => one - other);
  return firstMs + rounds * batchMs + (offsets[before - started] ?? 0);
}

/** The bounds of `Retry-After`, in seconds. */
const MIN_RETRY_S = 1;
const MAX_RETRY_S = 30;

/** Returns the value of `Retry-After` for a call that would have been late by a time. */
export function retryAfterSeconds(lateMs: number): number {
  return Math.min(MAX_RETRY_S, Math.max(MIN_RETRY_S, Math.ceil(lateMs / 1_000)));
}
