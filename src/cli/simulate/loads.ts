/**
 * The loads that `ekiben simulate` can be given: by its flags, or by a recorded trace.
 * @module
 */

import { suggestion } from "../../check.ts";
import { seededRandom } from "../../random.ts";
import type { BatchOptions } from "../../runner/batching/batch-options.ts";
import { poisson, trace, uniform } from "../../simulator/arrivals.ts";
import type { Arrival, CallerGroup } from "../../simulator/clients.ts";
import type { Costs, Simulation } from "../../simulator/simulate.ts";
import { readTrace, type TracedMethod, tracedCost } from "../../simulator/trace.ts";
import { type Arrivals, MAX_ARRIVALS } from "./flags.ts";
import { textOf } from "./input-file.ts";

/** The seconds of arrivals where nothing says otherwise. */
const SECONDS = 30;

/** The share of the time of a request that is before its call. */
const REQUEST_SHARE = 0.6;

/** Returns the calls of a group. */
export function callsOf(
  arrivals: Arrivals,
  duration: number | undefined,
  seed: number,
): Pick<CallerGroup, "arrivals" | "parallel" | "durationMs"> {
  const seconds = duration ?? SECONDS;
  if (arrivals.kind === "closed") {
    return { parallel: arrivals.parallel, durationMs: seconds * 1000 };
  }
  if (arrivals.kind === "trace") {
    const endMs = duration === undefined ? Number.POSITIVE_INFINITY : duration * 1000;
    return { arrivals: trace(arrivals.moments, endMs) };
  }
  const { kind, perSecond } = arrivals;
  if (perSecond * seconds > MAX_ARRIVALS) {
    throw new RangeError(
      `Cannot simulate ${perSecond} calls a second for ${seconds} seconds: at most ` +
        `${MAX_ARRIVALS} calls are simulated, so lower --arrivals or --duration`,
    );
  }
  if (kind === "uniform") return { arrivals: uniform(perSecond, seconds * 1000) };
  return { arrivals: poisson(perSecond, seconds * 1000, seededRandom(seed)) };
}

/** The flags about the way of a call and of a batch. */
export interface WayFlags {
  readonly http: number;
  readonly wire: number;
  readonly hop: number;
}

/** Returns the costs of everything but batches. */
export function costsOf({ http, wire, hop }: WayFlags): Partial<Costs> {
  return {
    requestMs: REQUEST_SHARE * http,
    answerMs: (1 - REQUEST_SHARE) * http,
    wireMs: wire === 0 ? 0 : { lognormal: [wire, 0.5], most: 20 * wire },
    hopMs: hop / 2,
    // Without the times of a server, only batches count.
    ...(http === 0 && { batchMs: 0 }),
  };
}

/**
 * Reads a recorded trace: the calls of the methods of one runner, and the costs of their batches.
 *
 * @param runner the name of the runner, if the trace has several
 * @throws Error or TypeError for a file that is not a trace, or has no such runner
 */
export function tracedLoad(
  file: string,
  {
    runner,
    duration,
    batch,
  }: {
    readonly runner: string | undefined;
    readonly duration: number | undefined;
    readonly batch: BatchOptions;
  },
): Pick<Simulation, "methods" | "groups" | "batch" | "costs"> {
  const all = readTrace(textOf(file).split("\n"));
  const names = [...new Set(all.map((each) => each.runner))];
  const name = runner ?? names[0];
  const own = all.filter((each) => each.runner === name && each.calls.length > 0);
  if (names.length === 0) throw new Error("The trace has no calls: record for longer");
  if (own.length === 0) {
    const hint = suggestion(name ?? "", names, "it has");
    throw new Error(`The trace has no calls of runner "${name}": ${hint}`);
  }
  if (runner === undefined && names.length > 1) {
    throw new Error(`The trace has several runners: choose one by --runner, ${names.join(" or ")}`);
  }
  const endMs = duration === undefined ? Number.POSITIVE_INFINITY : duration * 1000;
  return {
    methods: Object.fromEntries(own.map((each) => [each.method, methodOf(each)])),
    groups: own.map(({ method, calls }) => ({
      method,
      arrivals: calls.filter(({ at }: Arrival) => at < endMs),
    })),
    batch,
    // The recorded times of batches include the way to the thread and back.
    costs: { hopMs: 0 },
  };
}

function methodOf(traced: TracedMethod): Simulation["methods"][string] {
  const { cost, factors } = tracedCost(traced);
  return { kind: traced.kind, cost, spread: { factors }, isWeighted: traced.isWeighted };
}
