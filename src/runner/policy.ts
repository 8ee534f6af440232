/**
 * The batching policy: a pure function of the queue, the learned latency, the limits and the time.
 * It is asked when a call arrives, when a batch ends and when its own wait is over.
 * @module
 */

/** Why a batch was closed. */
export type CloseReason = "full" | "idle" | "deadline" | "window";

/** How batches are closed. */
export type Strategy =
  /** As soon as a worker is free, unless waiting for the next call costs less than it saves. */
  | { readonly name: "adaptive" }
  /** A fixed time after the first call. */
  | { readonly name: "fixedWindow"; readonly waitMs: number }
  /** As late as lets the first call be answered in a given time. */
  | { readonly name: "targetLatency"; readonly ms: number }
  /** Every call by itself. */
  | { readonly name: "off" };

/** A call that waits. */
export interface Waiting {
  readonly rows: number;
  /** Milliseconds of the clock. */
  readonly enqueuedAt: number;
  /** When its answer is worth nothing any more. */
  readonly deadlineAt: number;
}

/** What the policy knows of the latency of a batch. */
export interface Latency {
  /** Milliseconds of a batch whatever its size. */
  readonly b: number;
  predict(rows: number): number;
}

/** Everything a decision depends on. */
export interface Situation<W extends Waiting> {
  readonly now: number;
  /** Calls that may be joined, first come first. */
  readonly queue: Iterable<W>;
  /** Batches that could start at once. */
  readonly free: number;
  /** Busy workers that may be sent a batch ahead of the end of the one that they run. */
  readonly ahead: number;
  readonly maxBatchSize: number;
  readonly strategy: Strategy;
  readonly latency: Latency;
  /** The mean time between two calls, in milliseconds; `undefined` until known. */
  readonly arrivalMs: number | undefined;
}

/** What to do now. */
export interface Decision<W extends Waiting> {
  /** Calls that cannot be answered in time any more: to be refused, not computed. */
  readonly shed: readonly W[];
  /** Calls to join and send, empty while it is better to wait. */
  readonly send: readonly W[];
  readonly reason: CloseReason;
  /** When to ask again if nothing happens before; `undefined` when only an event can help. */
  readonly askAt: number | undefined;
}

/** Decides on the next batch. */
export function decide<W extends Waiting>(situation: Situation<W>): Decision<W> {
  const { now, free, latency } = situation;
  const { shed, batch, rows, earliest, closed } = withProbe(situation, nextBatch(situation));
  const wait = (askAt?: number): Decision<W> => ({ shed, send: [], reason: "idle", askAt });
  const [first] = batch;
  if (first === undefined) return wait();
  if (free === 0) {
    if (closed === "full" && paysAhead(situation, rows, earliest)) {
      return { shed, send: batch, reason: closed, askAt: undefined };
    }
    return wait(first.deadlineAt - latency.predict(first.rows));
  }
  if (closed !== undefined) return { shed, send: batch, reason: closed, askAt: undefined };
  const close = closing(situation, batch, rows);
  // The last moment at which every call of the batch still makes it.
  const latestAt = earliest - latency.predict(rows);
  const at = Math.min(close.at, latestAt);
  if (now < at) return wait(at);
  const reason = close.at <= latestAt ? close.reason : "deadline";
  return { shed, send: batch, reason, askAt: undefined };
}

/**
 * Where every call would be late and a worker is free, the last of them goes all the same: what was
 * learned may be wrong by now, and only a batch that runs can put it right.
 */
function withProbe<W extends Waiting>({ now, free }: Situation<W>, found: Batch<W>): Batch<W> {
  const { shed, batch } = found;
  const probe = shed.at(-1);
  if (free === 0 || batch.length > 0 || probe === undefined || probe.deadlineAt <= now)
    return found;
  const { rows, deadlineAt: earliest } = probe;
  return { shed: shed.slice(0, -1), batch: [probe], rows, earliest, closed: "deadline" };
}

/** For a batch that takes longer than this, the hop is less than 3 % (test/bench/overhead.ts). */
const AHEAD_MAX_MS = 5;

/**
 * Whether a full batch is to be sent to a busy worker, which then goes from one batch to the next
 * without waiting for the hop between the threads (0.1 to 0.2 ms). Nothing can be joined to it any
 * more; what it may lose is another worker that becomes free first, by a batch's time at most.
 */
function paysAhead({ ahead, latency, now }: Situation<Waiting>, rows: number, earliest: number) {
  const runMs = latency.predict(rows);
  return ahead > 0 && runMs > 0 && runMs < AHEAD_MAX_MS && now + 2 * runMs <= earliest;
}

interface Batch<W> {
  readonly shed: readonly W[];
  readonly batch: readonly W[];
  readonly rows: number;
  /** The earliest deadline in the batch. */
  readonly earliest: number;
  /** Why nothing more can be joined; `undefined` where something could. */
  readonly closed: CloseReason | undefined;
}

/** The calls of the next batch in their order, without those that are too late. */
function nextBatch<W extends Waiting>(situation: Situation<W>): Batch<W> {
  const { now, queue, latency, free } = situation;
  const maxRows = situation.strategy.name === "off" ? 1 : situation.maxBatchSize;
  const shed: W[] = [];
  const batch: W[] = [];
  let rows = 0;
  let earliest = Number.POSITIVE_INFINITY;
  for (const call of queue) {
    // By its own rows: what its neighbours would cost is no reason to refuse a call.
    const endsAt = now + latency.predict(call.rows);
    // Where none is free, it can only start later than now.
    if (free > 0 ? endsAt > call.deadlineAt : endsAt >= call.deadlineAt) {
      shed.push(call);
      continue;
    }
    const rowsWith = rows + call.rows;
    const earliestWith = Math.min(earliest, call.deadlineAt);
    const found = { shed, batch, rows, earliest };
    if (batch.length > 0 && rowsWith > maxRows) return { ...found, closed: "full" };
    // With this call the batch would be too slow for one in it.
    const tooSlow = now + latency.predict(rowsWith) > earliestWith;
    if (batch.length > 0 && tooSlow) return { ...found, closed: "deadline" };
    batch.push(call);
    rows = rowsWith;
    earliest = earliestWith;
    if (rows >= maxRows) return { shed, batch, rows, earliest, closed: "full" };
  }
  return { shed, batch, rows, earliest, closed: undefined };
}

/** When a batch that is not full is closed, deadlines aside, and why. */
function closing(
  situation: Situation<Waiting>,
  batch: readonly Waiting[],
  rows: number,
): { readonly at: number; readonly reason: CloseReason } {
  const { strategy, latency, now } = situation;
  const openedAt = batch[0]?.enqueuedAt ?? now;
  switch (strategy.name) {
    case "off":
      return { at: now, reason: "idle" };
    case "fixedWindow":
      return { at: openedAt + strategy.waitMs, reason: "window" };
    case "targetLatency":
      return { at: openedAt + strategy.ms - latency.predict(rows), reason: "window" };
    case "adaptive":
      return { at: adaptiveClose(situation, batch), reason: "idle" };
  }
}

/**
 * Now, unless waiting for one more call pays. With one worker free, sending q calls now makes the
 * next one, due in d ms, wait for them and then cost a batch of its own: joined, it saves the
 * fixed cost b of that batch less the d that it would have waited anyway. Waiting costs each of
 * the q calls d. So it pays while d * (q + 1) < b. Each call that comes asks again; when none
 * comes within twice its time, the batch goes.
 */
function adaptiveClose(
  { now, free, latency, arrivalMs }: Situation<Waiting>,
  batch: readonly Waiting[],
): number {
  if (arrivalMs === undefined || free > 1) return now;
  if (arrivalMs * (batch.length + 1) >= latency.b) return now;
  const newestAt = batch.at(-1)?.enqueuedAt ?? now;
  return newestAt + 2 * arrivalMs;
}
