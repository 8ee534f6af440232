/**
 * The batching policy: a pure function of the waiting calls, the learned latency, the limits and
 * the time. It is called when a call arrives, when a batch ends and when the wait that it set is
 * over.
 * @module
 */

import { high } from "../latency/latency.ts";
import { type Fit, Fitting, type Limits, maxRowsOf, type Share, type Waiting } from "./fitting.ts";

/** The reason for closing a batch. */
export type CloseReason =
  /** It has the most rows or weight that a batch may have, or that are worth their time. */
  | "full"
  /** The next call does not fit, and must not be split. */
  | "unsplittable"
  /** A worker was free. */
  | "idle"
  /** With more rows, a call in it would be late. */
  | "deadline"
  /** The other calls are so much heavier or lighter that padding costs more than joining saves. */
  | "padding"
  /** Its strategy's wait was over. */
  | "window";

/** Every reason, with a count of 0. */
export const NO_BATCHES: Readonly<Record<CloseReason, number>> = {
  full: 0,
  unsplittable: 0,
  idle: 0,
  deadline: 0,
  padding: 0,
  window: 0,
};

/** The rule that closes batches. */
export type Strategy =
  /** As soon as a worker is free or, while calls arrive fast, at even intervals. */
  | { readonly name: "adaptive" }
  /** A fixed time after the first call. */
  | { readonly name: "fixedWindow"; readonly waitMs: number }
  /** As late as the first call can still be answered in a given time. */
  | { readonly name: "targetLatency"; readonly latencyMs: number }
  /** Every call alone. */
  | { readonly name: "off" };

/** The state that a decision depends on. */
export interface Situation<W extends Waiting> extends Limits {
  readonly now: number;
  /** Calls that can be joined, in the order in which they are to be served. */
  readonly calls: Iterable<W>;
  /** The number of batches that could start at once. */
  readonly free: number;
  /** The rows of all these calls; undefined if it is not known, or rows have weights. */
  readonly waitingRows?: number | undefined;
  /** The number of busy workers that may be sent a batch ahead. */
  readonly ahead: number;
  /** The milliseconds until the first worker is free. */
  readonly freeInMs: number;
  /** The number of workers, including those that are being replaced. */
  readonly workers: number;
  /** The time of the last batch, in milliseconds of the clock. */
  readonly lastSentAt: number;
  readonly strategy: Strategy;
  /** The units that a millisecond of a worker is worth: see `Demand.price()`. */
  readonly price: number;
  /** The mean time between two calls, in milliseconds; `undefined` until known. */
  readonly intervalMs: number | undefined;
}

/** The decision on the next batch. */
export interface Decision<W extends Waiting> {
  /** Calls to refuse, since they cannot be answered in time any more. */
  readonly shed: readonly W[];
  /** The calls to send as a batch; empty to wait. Only the last may be split. */
  readonly send: readonly Share<W>[];
  /** The duration that is expected of it, in milliseconds. */
  readonly expectedMs: number;
  readonly reason: CloseReason;
  /** The time of the next decision if nothing happens before; `undefined` to wait for an event. */
  readonly askAt: number | undefined;
}

/** The longest delay of a timer, which counts whole milliseconds. */
const TIMER_MS = 2;

/** Decides on the next batch. */
export function decide<W extends Waiting>(situation: Situation<W>): Decision<W> {
  const { now, free, ahead, latency } = situation;
  const fitting = new Fitting(situation.calls, situation);
  const wait = (askAt: number | undefined): Decision<W> => {
    return { shed: fitting.late, send: [], expectedMs: 0, reason: "idle", askAt };
  };
  const { first } = fitting;
  if (first === undefined) return probeOf(situation, fitting.late) ?? wait(undefined);
  if (free === 0) {
    const fit = ahead > 0 && mayBeComplete(situation) ? fitting.fit(0) : undefined;
    const isFull = fit?.closed !== undefined && isComplete(fit.closed);
    const at = isFull ? aheadAt(situation, fit) : NEVER;
    if (isFull && at <= now) return send(fit, fit.closed, fitting.late);
    return wait(Math.min(at, fitting.startsBy(first)));
  }
  const { fit, dropped, leftBy } = fitting.best();
  const shed = dropped.length > 0 ? [...fitting.late, ...dropped] : fitting.late;
  // Calls are refused for a batch that goes now, not for one that waits.
  if (dropped.length > 0) return send(fit, fit.closed ?? "idle", shed);
  if (fit.closed !== undefined && fit.closed !== "padding") return send(fit, fit.closed, shed);
  const close = closing(situation, fit);
  // The last moment at which every call of the batch still makes it.
  const latestAt = fit.earliestAt - high(latency, fit.units) - TIMER_MS;
  const at = Math.min(close.at, latestAt, leftBy - TIMER_MS);
  if (now < at) return wait(at);
  return send(fit, fit.closed ?? (close.at <= now ? close.reason : "deadline"), shed);

  function send(from: Fit<W>, reason: CloseReason, refused: readonly W[]): Decision<W> {
    const expectedMs = latency.mean(from.units);
    return { shed: refused, send: from.shares, expectedMs, reason, askAt: undefined };
  }
}

/**
 * Returns false if the calls that wait are surely too few for a batch that is complete. This is
 * asked at the arrival of each call, and fitting looks at all of them.
 */
function mayBeComplete(situation: Situation<Waiting>): boolean {
  const { waitingRows, maxBatchSize, strategy, latency } = situation;
  if (waitingRows === undefined || strategy.name === "off") return true;
  return waitingRows >= Math.max(1, Math.floor(latency.best(maxBatchSize)));
}

/** Returns true for a batch to which no call that may still arrive can be joined. */
function isComplete(closed: CloseReason): boolean {
  return closed !== "deadline" && closed !== "padding";
}

/** The time without any batch after which one is tried: in batches, between two bounds. */
const PROBE = 10;
const MIN_PROBE_MS = 100;
const MAX_PROBE_MS = 1_000;

/** Returns true if the learned latency may be outdated: only a batch that runs can correct it. */
export function isProbeDue(situation: {
  readonly now: number;
  readonly lastSentAt: number;
  readonly expectedMs: number;
}): boolean {
  const { now, lastSentAt, expectedMs } = situation;
  const waitMs = Math.max(MIN_PROBE_MS, Math.min(MAX_PROBE_MS, PROBE * expectedMs));
  return now - lastSentAt >= waitMs;
}

/** Sends the last call of those that would be late, if none has been tried for a while. */
function probeOf<W extends Waiting>(
  situation: Situation<W>,
  late: readonly W[],
): Decision<W> | undefined {
  const { now, free, lastSentAt, latency } = situation;
  const call = late.at(-1);
  if (free === 0 || call === undefined || call.deadlineAt <= now) return undefined;
  const rows = call.whole ? call.rows : Math.min(call.rows, maxRowsOf(call.weight, situation));
  const expectedMs = latency.mean(rows * call.weight);
  if (!isProbeDue({ now, lastSentAt, expectedMs })) return undefined;
  const send = [{ call, rows }];
  return { shed: late.slice(0, -1), send, expectedMs, reason: "deadline", askAt: undefined };
}

/** In a batch that takes longer than this, the hop is less than 3 % (test/bench/overhead.ts). */
const AHEAD_MAX_MS = 5;
/** A batch that is sent ahead of a longer one is sent so long before its end. */
const LEAD_MS = 2;
/** And the earlier, the longer batches and answers wait for the main thread: by this multiple. */
const LEAD_LAGS = 2;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Returns when a full batch is to be sent to a busy worker, which then starts it without waiting
 * for the hop between the threads (0.1 to 0.2 ms) and for the copy of its rows. Nothing more can be
 * joined to it anyway. A short one is sent at once: at worst, another worker is free first, by the
 * time of a batch at most. A long one is sent a moment before the worker is free.
 */
function aheadAt({ latency, now, freeInMs }: Situation<Waiting>, fit: Fit<Waiting>): number {
  const runMs = latency.mean(fit.units);
  if (runMs === 0) return NEVER;
  if (runMs < AHEAD_MAX_MS) return now + 2 * runMs <= fit.earliestAt ? now : NEVER;
  const isInTime = now + freeInMs + high(latency, fit.units) <= fit.earliestAt;
  const leadMs = LEAD_MS + LEAD_LAGS * (latency.lagMs?.(fit.units) ?? 0);
  return isInTime ? now + Math.max(0, freeInMs - leadMs) : NEVER;
}

/** Returns when and why a batch that is not full is closed, apart from deadlines. */
function closing(
  situation: Situation<Waiting>,
  { shares, units }: Fit<Waiting>,
): { readonly at: number; readonly reason: CloseReason } {
  const { strategy, latency, now } = situation;
  let openedAt = now;
  for (const { call } of shares) openedAt = Math.min(openedAt, call.enqueuedAt);
  switch (strategy.name) {
    case "off":
      return { at: now, reason: "idle" };
    case "fixedWindow":
      return { at: openedAt + strategy.waitMs, reason: "window" };
    case "targetLatency":
      return { at: openedAt + strategy.latencyMs - latency.mean(units), reason: "window" };
    case "adaptive":
      return { at: adaptiveClose(situation), reason: "idle" };
  }
}

/**
 * Returns now or, while calls arrive fast, the time that keeps batches at even intervals: of two
 * batches that start together, the second has few rows and takes nearly as long. Batches that start
 * b / w ms apart keep w workers busy with their fixed cost alone; closer together, they only get
 * smaller. A single worker that is free never waits: nothing runs meanwhile.
 */
function adaptiveClose(situation: Situation<Waiting>): number {
  const { now, workers, latency, intervalMs, lastSentAt } = situation;
  if (workers <= 1 || intervalMs === undefined) return now;
  const apartMs = latency.b / workers;
  return intervalMs >= apartMs ? now : lastSentAt + apartMs;
}
