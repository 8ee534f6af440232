/**
 * bench(): one load on one API of a running server, after a warm-up.
 * @module
 */

import { type Clock, systemClock } from "../../clock.ts";
import { seededRandom } from "../../random.ts";
import { poisson, uniform } from "../../simulator/arrivals.ts";
import type { Found } from "./find-request.ts";
import { type FirstFailure, httpCall } from "./http-call.ts";
import { type Call, closedLoop, type LoadOptions, type Measured, openLoop } from "./loads.ts";
import { LoadProgress } from "./progress.ts";
import { type BenchReport, reportOf } from "./report.ts";
import { batchesBetween, readCounts } from "./server-batches.ts";

/** The load of a benchmark. */
export type LoadKind =
  | { readonly kind: "closed"; readonly callers: number }
  | { readonly kind: "open"; readonly perSecond: number; readonly arrivals: "poisson" | "uniform" };

/** The options of a benchmark. */
export interface BenchOptions {
  readonly load: LoadKind;
  readonly durationMs: number;
  readonly maxCalls: number;
  /** The load before the measurement, in milliseconds; 0 for none. */
  readonly warmupMs: number;
  /** The time after which a call is given up, in milliseconds. */
  readonly timeoutMs: number;
  readonly maxUnderWay: number;
  readonly seed: number;
  /** Ends the benchmark early; what was measured is reported. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** True if a bar is drawn on a terminal. */
  readonly showsProgress?: boolean;
}

/** Runs a benchmark, and returns its report. */
export async function bench({ name, request }: Found, options: BenchOptions): Promise<BenchReport> {
  const { load, durationMs, maxCalls, warmupMs, timeoutMs, signal } = options;
  const base = new URL(request.url).origin;
  const failure: FirstFailure = {};
  const call = httpCall(request, timeoutMs, failure);
  if (warmupMs > 0) {
    await measured("Warming up", call, { ...options, durationMs: warmupMs, maxCalls: Infinity });
  }
  delete failure.text;
  const before = await readCounts(base, request.headers);
  const result = await measured("Measuring ", call, { ...options, durationMs, maxCalls });
  const after = signal.aborted ? undefined : await readCounts(base, request.headers);
  return reportOf({
    api: name,
    url: request.url,
    load: load.kind === "closed" ? load : { kind: "open", perSecond: load.perSecond },
    measured: result,
    firstFailure: failure.text,
    batches: batchesBetween(before, after),
  });
}

async function measured(label: string, call: Call, options: BenchOptions): Promise<Measured> {
  const { load, durationMs, maxCalls, maxUnderWay, seed, signal } = options;
  const { clock = systemClock, showsProgress = false } = options;
  const progress = showsProgress ? new LoadProgress(label, durationMs, maxCalls) : undefined;
  const bounds: LoadOptions = {
    ...{ clock, durationMs, maxCalls, signal },
    ...(progress === undefined ? {} : { onEnd: (now: Measured) => progress.at(now) }),
  };
  try {
    if (load.kind === "closed") return await closedLoop(call, load.callers, bounds);
    const moments =
      load.arrivals === "poisson"
        ? poisson(load.perSecond, durationMs, seededRandom(seed))
        : uniform(load.perSecond, durationMs);
    return await openLoop(call, { ...bounds, moments, maxUnderWay });
  } finally {
    progress?.end();
  }
}
