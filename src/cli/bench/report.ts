/**
 * The report of a benchmark: plain data, which `--json` prints.
 * @module
 */

import type { LatencyClass, LatencyRecord } from "./latency-record.ts";
import { isAnswer, type Measured, type Outcome } from "./loads.ts";
import type { BatchesReport } from "./server-batches.ts";

/** Latencies, in milliseconds; null without any. */
export interface Latencies {
  readonly min: number | null;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
}

/** The results of a benchmark. */
export interface BenchReport {
  readonly api: string;
  readonly url: string;
  readonly load:
    | { readonly kind: "closed"; readonly callers: number }
    | { readonly kind: "open"; readonly perSecond: number };
  readonly seconds: number;
  readonly calls: number;
  readonly answered: number;
  /** Answered calls a second. */
  readonly throughput: number;
  /** Bytes of answers a second. */
  readonly bytesPerSecond: number;
  /** The calls that were not answered, by their status, or `timeout` or `connection`. */
  readonly failures: Readonly<Record<string, number>>;
  /** The text of the first failure. */
  readonly firstFailure?: string;
  /** From a call (in an open loop, since it was due) to its answer. */
  readonly latencyMs: Latencies;
  /** The same of calls that were not answered. */
  readonly failureMs?: Latencies;
  /** In an open loop: how late calls were sent, and how many were not. */
  readonly lateMs?: Latencies;
  readonly notSent?: number;
  /** The batches that the server ran meanwhile, for whomever. */
  readonly batches?: BatchesReport;
  /** The numbers of answered calls by latency, in classes of 1 %. */
  readonly histogram: readonly LatencyClass[];
}

/** The parts of a report. */
export interface ReportParts {
  readonly api: string;
  readonly url: string;
  readonly load: BenchReport["load"];
  readonly measured: Measured;
  readonly firstFailure: string | undefined;
  readonly batches: BatchesReport | undefined;
}

/** Returns the report of a load. */
export function reportOf(parts: ReportParts): BenchReport {
  const { api, url, load, measured, firstFailure, batches } = parts;
  const { answered, unanswered, outcomes, late, notSent, seconds } = measured;
  return {
    ...{ api, url, load, seconds },
    calls: measured.calls,
    answered: answered.count,
    throughput: seconds > 0 ? answered.count / seconds : 0,
    bytesPerSecond: seconds > 0 ? measured.bytes / seconds : 0,
    failures: failuresIn(outcomes),
    ...(firstFailure === undefined ? {} : { firstFailure }),
    latencyMs: latenciesOf(answered),
    ...(unanswered.count === 0 ? {} : { failureMs: latenciesOf(unanswered) }),
    ...(load.kind === "closed" ? {} : { lateMs: latenciesOf(late), notSent }),
    ...(batches === undefined ? {} : { batches }),
    histogram: [...answered.classes()],
  };
}

function failuresIn(outcomes: ReadonlyMap<Outcome, number>): Record<string, number> {
  const failures = [...outcomes].filter(([outcome]) => !isAnswer(outcome));
  return Object.fromEntries(failures.map(([outcome, count]) => [String(outcome), count]));
}

function latenciesOf(record: LatencyRecord): Latencies {
  const number = (ms: number): number | null => (Number.isNaN(ms) ? null : round(ms));
  return {
    min: number(record.minMs),
    mean: number(record.meanMs),
    p50: number(record.quantileMs(0.5)),
    p90: number(record.quantileMs(0.9)),
    p99: number(record.quantileMs(0.99)),
    p999: number(record.quantileMs(0.999)),
    max: number(record.maxMs),
  };
}

/** Rounds to a microsecond. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
