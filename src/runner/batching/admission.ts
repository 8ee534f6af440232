/**
 * Admission: refuses calls on arrival that there is no room or no time for.
 * @module
 */

import type { ShedReason } from "../metrics/runner-events.ts";
import type { BatchSettings } from "./batch-options.ts";
import type { BatchRunner } from "./batcher-context.ts";
import { Demand, FREE, type Price } from "./demand.ts";
import { answeredAt } from "./forecast.ts";
import type { LaneQueue } from "./lane-queue.ts";
import type { Latency } from "./latency.ts";
import { isProbeDue } from "./policy.ts";

/** A call that asks to be admitted. */
export interface Applicant {
  readonly key: string;
  readonly caller: string | undefined;
  readonly rows: number;
  /** The weight of its heaviest row. */
  readonly weight: number;
  readonly deadlineAt: number;
}

/** The parts of a batcher that an admission depends on. */
export interface AdmissionContext {
  readonly settings: BatchSettings;
  readonly workers: BatchRunner;
  readonly latency: Latency;
}

/** The longest time for which a price is used, in milliseconds. */
const PRICE_MS = 5;

/** The admission to the queues of one method. */
export class Admission {
  readonly #context: AdmissionContext;
  readonly #demand = new Demand();
  #price: Price = FREE;
  #pricedAt = Number.NEGATIVE_INFINITY;

  constructor(context: AdmissionContext) {
    this.#context = context;
  }

  /** The mean time between two calls, in milliseconds; `undefined` before the second one. */
  get intervalMs(): number | undefined {
    return this.#demand.intervalMs;
  }

  /** The units that a millisecond of a worker is worth: see `Demand.price()`. */
  get price(): number {
    return this.#price.perMs;
  }

  /**
   * Counts a call, and returns the reason to refuse it; `undefined` to admit it.
   *
   * @param queuedRows the rows that wait in all queues of the method
   * @param lastSentAt the time of the method's last batch
   */
  refusalOf(
    queue: LaneQueue,
    call: Applicant,
    now: number,
    queuedRows: number,
    lastSentAt: number,
  ): ShedReason | undefined {
    const { rows, weight, deadlineAt } = call;
    const { settings, latency, workers } = this.#context;
    this.#demand.add(rows, weight, deadlineAt - now, now);
    // A call that has more may wait alone. One without rows takes a place, too.
    const queued = Math.max(queuedRows + rows, queue.calls + 1);
    if (queued > Math.max(settings.maxQueueRows, rows)) return "queue_full";
    if (!latency.known) return deadlineAt > now ? undefined : "deadline";
    if (this.#answeredAt(queue, call, now) <= deadlineAt) return undefined;
    if (workers.free === 0 || queue.calls > 0 || deadlineAt <= now) return "deadline";
    const expectedMs = latency.mean(Math.min(rows * weight, this.maxUnits(weight)));
    return isProbeDue({ now, lastSentAt, expectedMs }) ? undefined : "deadline";
  }

  /** Returns the most units of a batch of rows of a weight that take no more time than fewer do. */
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

  #answeredAt(queue: LaneQueue, call: Applicant, now: number): number {
    const { workers, latency } = this.#context;
    const { key, caller, rows, weight, deadlineAt } = call;
    const units = rows * weight;
    const unitsBefore = queue.unitsBefore(key, caller, units, deadlineAt);
    const otherKeysMs = this.workMs(queue.otherUnits(key));
    const othersMs = workers.othersMs(queue, () => this.workMs(unitsBefore) + otherKeysMs);
    return answeredAt({
      now,
      units,
      unitsBefore,
      earliestAt: unitsBefore > 0 ? queue.earliestOf(key) : Number.POSITIVE_INFINITY,
      freeInMs: workers.freeInMs(),
      othersMs: otherKeysMs + othersMs,
      maxUnits: this.maxUnits(weight),
      leastUnits: this.#priceAt(now).leastUnits,
      latency,
    });
  }

  #priceAt(now: number): Price {
    if (now - this.#pricedAt < PRICE_MS) return this.#price;
    const { workers, latency } = this.#context;
    const maxUnits = this.maxUnits(this.#demand.weight);
    this.#pricedAt = now;
    this.#price = this.#demand.price({ latency, workers: workers.size, maxUnits });
    return this.#price;
  }
}
