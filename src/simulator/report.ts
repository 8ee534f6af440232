/**
 * The report of a simulation, and the counts that it is made from.
 * @module
 */

import type { BatchRecord } from "../runner/batching/batch-record.ts";
import { type CloseReason, NO_BATCHES } from "../runner/batching/policy.ts";

/** The percentiles of the times of calls, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
}

/** The outcome of a load. Every call is answered, shed or failed. */
export interface SimulationReport {
  readonly arrivals: number;
  readonly answered: number;
  /** Calls refused for lack of time, or of room in the queue. */
  readonly shed: number;
  readonly failed: number;
  /** Calls answered within `maxLatencyMs`. */
  readonly inTime: number;
  /** From the first moment to the last answer or arrival. */
  readonly seconds: number;
  /** The calls answered per second, and those of them that were in time. */
  readonly throughput: number;
  readonly goodput: number;
  /** The share of the calls that was shed, 0 to 1. */
  readonly shedShare: number;
  /** From the arrival to the answer, of calls that were answered. */
  readonly latencyMs: Percentiles;
  /** From the arrival to the refusal, of calls that were shed. */
  readonly refusalMs: Percentiles;
  readonly batches: {
    readonly count: number;
    readonly meanRows: number;
    /** The number of batches for each number of rows, in ascending order. */
    readonly sizes: readonly { readonly rows: number; readonly batches: number }[];
    readonly reasons: Readonly<Record<CloseReason, number>>;
  };
}

/** Counts the calls and batches of a simulation. */
export class Tally {
  /** The time of each call, in milliseconds. */
  readonly answered: number[] = [];
  readonly shed: number[] = [];
  readonly failed: number[] = [];
  readonly #sizes = new Map<number, number>();
  readonly #reasons: Record<CloseReason, number> = { ...NO_BATCHES };

  batch({ rows, reason }: BatchRecord): void {
    this.#sizes.set(rows, (this.#sizes.get(rows) ?? 0) + 1);
    this.#reasons[reason] += 1;
  }

  /** The calls that have ended. */
  get ended(): number {
    return this.answered.length + this.shed.length + this.failed.length;
  }

  /** @param seconds from the first moment to the last */
  report(seconds: number, maxLatencyMs: number): SimulationReport {
    const { answered, shed, failed, ended } = this;
    // Half a nanosecond allows for the rounding of sums of times.
    const inTime = answered.filter((ms) => ms <= maxLatencyMs + 5e-7).length;
    return {
      arrivals: ended,
      answered: answered.length,
      shed: shed.length,
      failed: failed.length,
      inTime,
      seconds,
      throughput: ratio(answered.length, seconds),
      goodput: ratio(inTime, seconds),
      shedShare: ratio(shed.length, ended),
      latencyMs: percentiles(answered),
      refusalMs: percentiles(shed),
      batches: this.#batches(),
    };
  }

  #batches(): SimulationReport["batches"] {
    const sizes = [...this.#sizes]
      .sort(([one], [other]) => one - other)
      .map(([rows, batches]) => ({ rows, batches }));
    const count = sizes.reduce((sum, { batches }) => sum + batches, 0);
    const rows = sizes.reduce((sum, size) => sum + size.rows * size.batches, 0);
    return { count, meanRows: ratio(rows, count), sizes, reasons: { ...this.#reasons } };
  }
}

/** Returns the percentiles by the nearest rank; all 0 when there are no values. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  const sum = sorted.reduce((total, value) => total + value, 0);
  const mean = ratio(sum, sorted.length);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1), mean };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
