/**
 * The report of a simulation, and what it is drawn up from.
 * @module
 */

import type { BatchRecord } from "../runner/batching/batch-record.ts";
import { type CloseReason, NO_BATCHES } from "../runner/batching/policy.ts";

/** Milliseconds that calls took: half of them at most `p50`, and so on. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
}

/** What came of a load. Every arrival is answered, shed or failed. */
export interface SimulationReport {
  readonly arrivals: number;
  readonly answered: number;
  /** Refused because they could not have been answered in time, or were too many. */
  readonly shed: number;
  readonly failed: number;
  /** Answered within `maxLatencyMs`. */
  readonly inTime: number;
  /** From the first moment to the last answer or arrival. */
  readonly seconds: number;
  /** Calls answered a second, and those answered in time. */
  readonly throughput: number;
  readonly goodput: number;
  /** The part of the arrivals that was shed, 0 to 1. */
  readonly shedShare: number;
  /** From the arrival to the answer, of calls that were answered. */
  readonly latencyMs: Percentiles;
  /** From the arrival to the refusal, of calls that were shed. */
  readonly refusalMs: Percentiles;
  readonly batches: {
    readonly count: number;
    readonly meanRows: number;
    /** How many batches had so many rows, in the order of the rows. */
    readonly sizes: readonly { readonly rows: number; readonly batches: number }[];
    readonly reasons: Readonly<Record<CloseReason, number>>;
  };
}

/** What became of the calls and batches of a simulation. */
export class Tally {
  /** How long each call took, in milliseconds. */
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
    // Half a nanosecond for the rounding of sums of times.
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

/** By the nearest rank; 0 throughout when there is nothing. */
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
