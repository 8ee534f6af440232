/**
 * The batching policy: a pure function of the queue, the learned latency, the limits and the time.
 * It is called when a call arrives, when a batch ends and when the wait that it set is over.
 * @module
 */

/** The reason for closing a batch. */
export type CloseReason =
  /** It has the most rows that a batch may have. */
  | "full"
  /** The next call does not fit, and must not be split. */
  | "unsplittable"
  /** A worker was free. */
  | "idle"
  /** With more rows, a call in it would be late. */
  | "deadline"
  /** Its strategy's wait was over. */
  | "window";

/** Every reason, with a count of 0. */
export const NO_BATCHES: Readonly<Record<CloseReason, number>> = {
  full: 0,
  unsplittable: 0,
  idle: 0,
  deadline: 0,
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

/** A call that waits. */
export interface Waiting {
  /** The number of its rows that wait. */
  readonly rows: number;
  /** True if they must be in one batch. */
  readonly whole: boolean;
  /** Its arrival, in milliseconds of the clock. */
  readonly enqueuedAt: number;
  /** The time after which its answer is worthless. */
  readonly deadlineAt: number;
}

/** The learned latency of batches. */
export interface Latency {
  /** The milliseconds of a batch of any size. */
  readonly b: number;
  predict(rows: number): number;
}

/** The state that a decision depends on. */
export interface Situation<W extends Waiting> {
  readonly now: number;
  /** Calls of one key, in the order of their arrival. */
  readonly queue: Iterable<W>;
  /** The number of batches that could start at once. */
  readonly free: number;
  /** The number of busy workers that may be sent a batch ahead. */
  readonly ahead: number;
  /** The number of workers, including those that are being replaced. */
  readonly workers: number;
  /** The time of the last batch, in milliseconds of the clock. */
  readonly lastSentAt: number;
  /** True if a call has been refused since then: the load exceeds the capacity. */
  readonly scarce: boolean;
  readonly maxBatchSize: number;
  readonly strategy: Strategy;
  readonly latency: Latency;
  /** The mean time between two calls, in milliseconds; `undefined` until known. */
  readonly arrivalMs: number | undefined;
}

/** The next rows of a call: all that wait, or fewer if the call is split to fill a batch. */
export interface Share<W extends Waiting> {
  readonly call: W;
  readonly rows: number;
}

/** The decision on the next batch. */
export interface Decision<W extends Waiting> {
  /** Calls to refuse, since they cannot be answered in time any more. */
  readonly shed: readonly W[];
  /** The calls to send as a batch; empty to wait. Only the last may be split. */
  readonly send: readonly Share<W>[];
  readonly reason: CloseReason;
  /** The time of the next decision if nothing happens before; `undefined` to wait for an event. */
  readonly askAt: number | undefined;
}

/** The longest delay of a timer, which counts whole milliseconds. */
const TIMER_MS = 2;

/** Decides on the next batch. */
export function decide<W extends Waiting>(situation: Situation<W>): Decision<W> {
  const { now, free, latency } = situation;
  const { shed, batch, rows, earliest, closed } = withProbe(situation, nextBatch(situation));
  const wait = (askAt?: number): Decision<W> => ({ shed, send: [], reason: "idle", askAt });
  const [first] = batch;
  if (first === undefined) return wait();
  if (free === 0) {
    const complete = closed !== undefined && closed !== "deadline";
    if (complete && paysAhead(situation, rows, earliest)) {
      return { shed, send: batch, reason: closed, askAt: undefined };
    }
    return wait(first.call.deadlineAt - latency.predict(first.rows));
  }
  if (closed !== undefined) return { shed, send: batch, reason: closed, askAt: undefined };
  const close = closing(situation, batch, rows);
  // The last moment at which every call of the batch still makes it.
  const latestAt = earliest - latency.predict(rows) - TIMER_MS;
  const at = Math.min(close.at, latestAt);
  if (now < at) return wait(at);
  const reason = close.at <= now ? close.reason : "deadline";
  return { shed, send: batch, reason, askAt: undefined };
}

/**
 * Sends the last call even if every call would be late, when a worker is free: the learned latency
 * may be outdated, and only a batch that runs can correct it.
 */
function withProbe<W extends Waiting>(situation: Situation<W>, found: Batch<W>): Batch<W> {
  const { now, free } = situation;
  const { shed, batch } = found;
  const probe = shed.at(-1);
  if (free === 0 || batch.length > 0 || probe === undefined || probe.deadlineAt <= now)
    return found;
  const share = firstShare(situation, probe);
  const { rows } = share;
  const earliest = probe.deadlineAt;
  return { shed: shed.slice(0, -1), batch: [share], rows, earliest, closed: "deadline" };
}

/** In a batch that takes longer than this, the hop is less than 3 % (test/bench/overhead.ts). */
const AHEAD_MAX_MS = 5;

/**
 * Returns true if a full batch is to be sent to a busy worker, which then starts it without waiting
 * for the hop between the threads (0.1 to 0.2 ms). Nothing more can be joined to it anyway; at
 * worst, another worker is free first, by the time of a batch at most.
 */
function paysAhead({ ahead, latency, now }: Situation<Waiting>, rows: number, earliest: number) {
  const runMs = latency.predict(rows);
  return ahead > 0 && runMs > 0 && runMs < AHEAD_MAX_MS && now + 2 * runMs <= earliest;
}

interface Batch<W extends Waiting> {
  readonly shed: readonly W[];
  readonly batch: readonly Share<W>[];
  readonly rows: number;
  /** The earliest deadline in the batch. */
  readonly earliest: number;
  /** The reason why nothing more can be joined; `undefined` if something can. */
  readonly closed: CloseReason | undefined;
}

/**
 * The calls of the next batch in their order, without those that are too late.
 *
 * A call with little time left needs a small batch, which has a low throughput. Under overload,
 * such calls are refused: otherwise the calls behind them would have little time left in turn, and
 * the throughput would stay at a fraction of the capacity.
 */
function nextBatch<W extends Waiting>(situation: Situation<W>): Batch<W> {
  const { now, free, scarce, latency, maxBatchSize } = situation;
  const fitting = fittingBatch(situation, now);
  if (free === 0 || !scarce || fitting.closed !== "deadline") return fitting;
  const full = fittingBatch(situation, now + latency.predict(maxBatchSize));
  const isComplete = full.closed === "full" || full.closed === "unsplittable";
  return isComplete ? full : fittingBatch(situation, largestEnd(situation));
}

/** Returns when the largest batch ends that meets the deadlines of all its calls. */
function largestEnd({ now, queue, latency, maxBatchSize }: Situation<Waiting>): number {
  let endsAt = now;
  let rows = 0;
  for (const call of [...queue].sort((one, other) => other.deadlineAt - one.deadlineAt)) {
    if (rows + (call.whole ? call.rows : 1) > maxBatchSize) break;
    rows = Math.min(maxBatchSize, rows + call.rows);
    const endsWith = now + latency.predict(rows);
    if (endsWith > call.deadlineAt) break;
    endsAt = endsWith;
  }
  return endsAt;
}

/** Returns the rows of a call that start a batch. */
function firstShare<W extends Waiting>({ maxBatchSize }: Situation<W>, call: W): Share<W> {
  return { call, rows: Math.min(call.rows, maxBatchSize) };
}

/** Returns the first calls that fit a batch, without those whose deadline is before `leastEnd`. */
function fittingBatch<W extends Waiting>(situation: Situation<W>, leastEnd: number): Batch<W> {
  const { now, queue, latency, free, ahead, maxBatchSize, strategy } = situation;
  const shed: W[] = [];
  const batch: Share<W>[] = [];
  let rows = 0;
  let earliest = Number.POSITIVE_INFINITY;
  for (const call of queue) {
    const first = firstShare(situation, call);
    // By its own rows: the cost of other calls is no reason to refuse this one.
    const startsBy = call.deadlineAt - latency.predict(first.rows);
    // If none is free, it starts later than now.
    if (call.deadlineAt < leastEnd || (free > 0 ? startsBy < now : startsBy <= now)) {
      shed.push(call);
      continue;
    }
    const found = { shed, batch, rows, earliest };
    const room = maxBatchSize - rows;
    if (batch.length > 0 && call.rows > room && call.whole) {
      return { ...found, closed: "unsplittable" };
    }
    const share = { call, rows: Math.min(call.rows, room) };
    const earliestWith = Math.min(earliest, call.deadlineAt);
    // With this call the batch would be too slow for one in it.
    const tooSlow = earliestWith - latency.predict(rows + share.rows) < now;
    if (batch.length > 0 && tooSlow) return { ...found, closed: "deadline" };
    batch.push(share);
    rows += share.rows;
    earliest = earliestWith;
    if (rows >= maxBatchSize) return { shed, batch, rows, earliest, closed: "full" };
    if (strategy.name === "off") return { shed, batch, rows, earliest, closed: "idle" };
    // None can be sent: only the first call matters, for the time of the next decision.
    if (free === 0 && ahead === 0) break;
  }
  return { shed, batch, rows, earliest, closed: undefined };
}

/** Returns when and why a batch that is not full is closed, apart from deadlines. */
function closing(
  situation: Situation<Waiting>,
  batch: readonly Share<Waiting>[],
  rows: number,
): { readonly at: number; readonly reason: CloseReason } {
  const { strategy, latency, now } = situation;
  const openedAt = batch[0]?.call.enqueuedAt ?? now;
  switch (strategy.name) {
    case "off":
      return { at: now, reason: "idle" };
    case "fixedWindow":
      return { at: openedAt + strategy.waitMs, reason: "window" };
    case "targetLatency":
      return { at: openedAt + strategy.latencyMs - latency.predict(rows), reason: "window" };
    case "adaptive":
      return { at: adaptiveClose(situation), reason: "idle" };
  }
}

/**
 * Returns now or, while calls arrive fast, the time that keeps batches at even intervals: of two
 * batches that start together, the second has few rows and takes nearly as long. Batches that start
 * b / w ms apart keep w workers busy with their fixed cost alone; closer together, they only get
 * smaller. A single worker is busy for that time anyway.
 */
function adaptiveClose(situation: Situation<Waiting>): number {
  const { now, workers, latency, arrivalMs, lastSentAt } = situation;
  const apartMs = latency.b / Math.max(1, workers);
  return arrivalMs === undefined || arrivalMs >= apartMs ? now : lastSentAt + apartMs;
}
