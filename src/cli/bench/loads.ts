/**
 * The loads of a benchmark: callers who wait for their answers (closed loop), and calls that come
 * at a rate whether or not the earlier ones have been answered (open loop).
 * @module
 */

import type { Clock } from "../../clock.ts";
import { LatencyRecord } from "./latency-record.ts";

/** The end of a call: its status, or why there is none. */
export type Outcome = number | "timeout" | "connection";

/** The answer to a call, and its size in bytes. */
export interface Answer {
  readonly outcome: Outcome;
  readonly bytes: number;
}

/** Makes one call. Never rejects. @param signal ends it, as a timeout */
export type Call = (signal: AbortSignal) => Promise<Answer>;

/** The bounds of a load. */
export interface LoadOptions {
  readonly clock: Clock;
  /** How long calls are begun, in milliseconds. */
  readonly durationMs: number;
  /** The most calls. */
  readonly maxCalls: number;
  /** Ends the load early: no further calls are begun, and those under way are given up. */
  readonly signal: AbortSignal;
  /** Called after each call. */
  readonly onEnd?: (load: Measured) => void;
}

/** The measurements of a load. */
export class Measured {
  readonly startedAt: number;
  /** The time between a call and its answer; for the open loop, since it was due. */
  readonly answered: LatencyRecord = new LatencyRecord();
  /** The same of calls that ended otherwise. */
  readonly unanswered: LatencyRecord = new LatencyRecord();
  readonly outcomes: Map<Outcome, number> = new Map();
  /** How late calls of the open loop were sent, in milliseconds: above all, by this program. */
  readonly late: LatencyRecord = new LatencyRecord();
  /** The calls of the open loop that were not sent, since too many were under way. */
  notSent = 0;
  bytes = 0;
  /** The end of the last call. */
  endedAt: number;

  constructor(now: number) {
    this.startedAt = now;
    this.endedAt = now;
  }

  get calls(): number {
    return this.answered.count + this.unanswered.count;
  }

  get seconds(): number {
    return (this.endedAt - this.startedAt) / 1000;
  }

  /** Adds a call that has ended. */
  end({ outcome, bytes }: Answer, sinceMs: number, now: number): void {
    const record = isAnswer(outcome) ? this.answered : this.unanswered;
    record.add(now - sinceMs);
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    this.bytes += bytes;
    this.endedAt = now;
  }
}

/** Returns true for the outcome of a call that was answered as it asked. */
export function isAnswer(outcome: Outcome): boolean {
  return typeof outcome === "number" && outcome < 400;
}

/**
 * Runs callers who each make one call after the other.
 *
 * @param callers how many
 */
export async function closedLoop(
  call: Call,
  callers: number,
  options: LoadOptions,
): Promise<Measured> {
  const { clock, durationMs, maxCalls, signal, onEnd } = options;
  const load = new Measured(clock.now());
  const endAt = load.startedAt + durationMs;
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun < maxCalls && clock.now() < endAt && !signal.aborted) {
      begun += 1;
      const startedAt = clock.now();
      const answer = await call(signal);
      if (signal.aborted) return; // it was given up, not answered
      load.end(answer, startedAt, clock.now());
      onEnd?.(load);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return load;
}

/** The calls of an open loop. */
export interface OpenLoopOptions extends LoadOptions {
  /** The times at which calls are due, in milliseconds from the start, in ascending order. */
  readonly moments: Iterable<number>;
  /** The most calls under way. Those that are due beyond it are counted, and not sent. */
  readonly maxUnderWay: number;
}

/**
 * Makes calls when they are due, and measures each from that moment on: a server that stalls delays
 * all calls that are due meanwhile.
 */
export async function openLoop(call: Call, options: OpenLoopOptions): Promise<Measured> {
  const { clock, maxCalls, signal, moments, maxUnderWay, onEnd } = options;
  const load = new Measured(clock.now());
  const underWay = new Set<Promise<void>>();
  let begun = 0;
  for (const moment of moments) {
    if (begun === maxCalls || moment >= options.durationMs) break;
    const dueAt = load.startedAt + moment;
    await sleepUntil(dueAt, clock, signal);
    if (signal.aborted) break;
    begun += 1;
    if (underWay.size >= maxUnderWay) {
      load.notSent += 1;
      continue;
    }
    load.late.add(clock.now() - dueAt);
    const ended = call(signal).then((answer) => {
      underWay.delete(ended);
      if (signal.aborted) return;
      load.end(answer, dueAt, clock.now());
      onEnd?.(load);
    });
    underWay.add(ended);
  }
  await Promise.all(underWay);
  return load;
}

/** Waits until a time. Timers may end a little early. */
async function sleepUntil(at: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const ms = at - clock.now();
    if (ms <= 0 || signal.aborted) return;
    const over = Promise.withResolvers<void>();
    const wake = (): void => over.resolve();
    const cancel = clock.after(ms, wake);
    signal.addEventListener("abort", wake, { once: true });
    await over.promise;
    cancel();
    signal.removeEventListener("abort", wake);
  }
}
