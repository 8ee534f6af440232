/**
 * Admission: refuses calls on arrival that there is no room or no time for.
 * @module
 */

import type { Lane } from "../call-options.ts";
import { high, type Latency } from "../latency/latency.ts";
import type { ShedReason } from "../metrics/runner-events.ts";
import type { LaneQueue } from "../queue/lane-queue.ts";
import type { QueuedCall } from "../queue/queued-call.ts";
import type { BatchSettings } from "./batch-options.ts";
import type { BatchRunner } from "./batcher-context.ts";
import { Demand } from "./demand.ts";
import { answeredAt, retryAfterSeconds } from "./forecast.ts";
import { isProbeDue } from "./policy.ts";
import { Stretch } from "./stretch.ts";

/** A call that asks to be admitted. */
export interface Applicant {
  readonly key: string;
  readonly caller: string | undefined;
  readonly lane: Lane;
  readonly rows: number;
  /** The weight of its heaviest row. */
  readonly weight: number;
  readonly deadlineAt: number;
}

/** The reason to refuse a call, and the seconds after which it may be tried again. */
export interface Refusal {
  readonly reason: ShedReason;
  readonly retryAfterSeconds: number;
}

const QUEUE_FULL: Refusal = { reason: "queue_full", retryAfterSeconds: 1 };
/** A call whose time is over. */
export const TOO_LATE: Refusal = { reason: "deadline", retryAfterSeconds: 1 };

/** The calls that wait already. */
export interface Waiting {
  /** Those of the same lane. */
  readonly queue: LaneQueue;
  /** The time of the method's last batch. */
  readonly lastSentAt: number;
  /** Refuses a waiting call. */
  readonly refuse: (call: QueuedCall, refusal: Refusal) => void;
}

/** The parts of a batcher that an admission depends on. */
export interface AdmissionContext {
  readonly settings: BatchSettings;
  readonly workers: BatchRunner;
  readonly latency: Latency;
}

/** The time left that is ample, as a multiple of the time that all calls need one by one. */
const AMPLE = 2;

/** The longest time for which a price is used, in milliseconds. */
const PRICE_MS = 5;

/** The admission to the queues of one method. */
export class Admission {
  readonly #context: AdmissionContext;
  readonly #demand = new Demand();
  readonly #stretches: Readonly<Record<Lane, Stretch>> = {
    interactive: new Stretch(),
    bulk: new Stretch(),
  };
  #price = 0;
  #pricedAt = Number.NEGATIVE_INFINITY;

  constructor(context: AdmissionContext) {
    this.#context = context;
  }

  /** The mean time between two calls, in milliseconds; `undefined` before the second one. */
  get intervalMs(): number | undefined {
    return this.#demand.intervalMs;
  }

  /** Counts a call, and returns the reason to refuse it; `undefined` to admit it. */
  refusalOf(call: Applicant, now: number, waiting: Waiting): Refusal | undefined {
    const { rows, weight, deadlineAt, caller } = call;
    const { queue } = waiting;
    this.#demand.add(rows, weight, deadlineAt - now, now);
    // A call that has more may wait alone. One without rows takes a place, too.
    const queued = Math.max(queue.rows + rows, queue.calls + 1);
    const isFull = queued > Math.max(this.#context.settings.maxQueueRows, rows);
    // The caller with the most waiting calls gives up its last one for that of another.
    const other = isFull ? queue.lastOfFullest(caller) : undefined;
    if (isFull && (other === undefined || other.rows < rows)) return QUEUE_FULL;
    const refusal = this.#lateness(call, now, waiting);
    if (refusal === undefined && other !== undefined) waiting.refuse(other, QUEUE_FULL);
    return refusal;
  }

  /** Returns a refusal of a call that cannot be answered in time behind those that wait. */
  #lateness(call: Applicant, now: number, { queue, lastSentAt }: Waiting): Refusal | undefined {
    const { rows, weight, deadlineAt } = call;
    const { latency, workers } = this.#context;
    if (!latency.known) return deadlineAt > now ? undefined : TOO_LATE;
    if (this.#isEasy(queue, call, now)) return undefined;
    const lateMs = this.#answeredAt(queue, call, now) - deadlineAt;
    if (lateMs <= 0) return undefined;
    // The learned latency may be outdated: once in a while, a call is run to find out.
    if (workers.free > 0 && queue.calls === 0 && deadlineAt > now) {
      const expectedMs = latency.mean(Math.min(rows * weight, this.maxUnits(weight)));
      if (isProbeDue({ now, lastSentAt, expectedMs })) return undefined;
    }
    return { reason: "deadline", retryAfterSeconds: retryAfterSeconds(lateMs) };
  }

  /** Learns from an admitted call that has left its queue: see `Stretch`. */
  left(lane: Lane, wasRefused: boolean, waiting: number, now: number): void {
    this.#stretches[lane].left(wasRefused, waiting, now);
  }

  /** Returns the units of a full batch of rows of a weight: as many as take the least time each. */
  maxUnits(weight: number): number {
    const { settings, latency } = this.#context;
    const { maxBatchSize, maxBatchWeight, strategy } = settings;
    const rows = strategy.name === "off" ? 1 : maxBatchSize;
    return latency.usual(Math.max(weight, Math.min(rows * weight, maxBatchWeight)));
  }

  /** Returns the expected milliseconds of a worker for some units, in full batches. */
  workMs(units: number): number {
    if (units <= 0) return 0;
    const { latency } = this.#context;
    const maxUnits = this.maxUnits(this.#demand.weight);
    const full = Math.floor(units / maxUnits);
    const rest = units - full * maxUnits;
    return full * latency.mean(maxUnits) + (rest > 0 ? latency.mean(rest) : 0);
  }

  /** Returns true for a call with ample time, as most have, without a forecast. */
  #isEasy(queue: LaneQueue, { rows, weight, deadlineAt }: Applicant, now: number): boolean {
    const { workers, latency } = this.#context;
    // Any unit takes the most time in a batch of its own.
    const oneByOneMs = (queue.units + rows * weight) * high(latency, 1);
    const neededMs = oneByOneMs + latency.mean(this.maxUnits(weight));
    if (AMPLE * neededMs >= deadlineAt - now) return false;
    // The workers may be in long runs of other methods.
    const freeInMs = workers.freeInMs(now)[0] ?? 0;
    const isAmple = AMPLE * (freeInMs + neededMs) < deadlineAt - now;
    return isAmple && workers.othersMs(queue, () => oneByOneMs) === 0;
  }

  #answeredAt(queue: LaneQueue, call: Applicant, now: number): number {
    const { workers, latency } = this.#context;
    const { key, caller, lane, rows, weight, deadlineAt } = call;
    const units = rows * weight;
    const maxUnits = this.maxUnits(weight);
    const supply = { latency, workers: workers.size, maxUnits };
    const unitsBefore = queue.unitsBefore(key, caller, units, deadlineAt);
    const unitsPerMs = this.#demand.unitsPerMs(deadlineAt - now, now);
    const otherKeysMs = this.workMs(queue.otherUnits(key));
    const othersMs = workers.othersMs(queue, () => this.workMs(unitsBefore) + otherKeysMs);
    const at = answeredAt({
      now,
      units,
      unitsBefore,
      earliestAt: unitsBefore > 0 ? queue.earliestOf(key) : Number.POSITIVE_INFINITY,
      freeInMs: workers.freeInMs(now),
      othersMs: otherKeysMs + othersMs,
      maxUnits,
      leastUnits: this.#demand.largest(deadlineAt - now, unitsPerMs, supply),
      unitsPerMs,
      latency,
    });
    const waitMs = Math.max(0, at - now - high(latency, Math.min(units, maxUnits)));
    return at + (this.#stretches[lane].factorAt(now) - 1) * waitMs;
  }

  /** Returns the units that a millisecond of a worker is worth: see `Demand.price()`. */
  priceAt(now: number): number {
    if (now - this.#pricedAt < PRICE_MS) return this.#price;
    const { workers, latency } = this.#context;
    const maxUnits = this.maxUnits(this.#demand.weight);
    this.#pricedAt = now;
    this.#price = this.#demand.price(now, { latency, workers: workers.size, maxUnits });
    return this.#price;
  }
}
