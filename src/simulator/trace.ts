/**
 * Traces: the calls and batches that a server has recorded (`ekiben serve --record-trace`), as a
 * load and costs to simulate.
 * @module
 */

import type { Arrival } from "./clients.ts";
import { type Cost, measured } from "./cost.ts";

/** A call of a trace. */
export interface TracedCall extends Arrival {
  /** Its duration in the runner. */
  readonly ms: number;
  readonly isAnswered: boolean;
  readonly isPlain: boolean;
}

/** The method of a trace. */
export interface TracedMethod {
  readonly runner: string;
  readonly method: string;
  readonly kind: "batched" | "plain";
  /** True if its rows have weights. */
  readonly isWeighted: boolean;
  /** The calls, the first one of the trace at 0. */
  readonly calls: readonly TracedCall[];
  /** The recorded batches, as units and milliseconds; none of a plain method. */
  readonly batches: readonly (readonly [units: number, ms: number])[];
}

/** The measured cost of a method: medians, and the factors of single batches. */
export interface TracedCost {
  readonly cost: Cost;
  readonly factors: readonly number[];
}

/** The classes of sizes in each doubling, above 16 units. */
const CLASSES_PER_DOUBLING = 8;

type Line = Readonly<Record<string, unknown>>;

/**
 * Reads the lines of a trace.
 *
 * @returns its methods, the one with the most calls first
 * @throws TypeError for a text that is not a trace, or a line that is damaged
 */
export function readTrace(lines: Iterable<string>): TracedMethod[] {
  const methods = new Map<string, { calls: TracedCall[]; batches: [number, number][] }>();
  let number = 0;
  let isChecked = false;
  for (const text of lines) {
    number += 1;
    if (text.trim() === "") continue;
    const line = parsed(text, number);
    if (!isChecked) {
      checkFirst(line);
      isChecked = true;
      continue;
    }
    if ("end" in line) continue;
    const key = JSON.stringify([line["runner"], line["method"]]);
    const own = methods.get(key) ?? { calls: [], batches: [] };
    methods.set(key, own);
    const at = numberOf(line, "t", number);
    if ("batch" in line) {
      own.batches.push([numberOf(line, "units", number), numberOf(line, "ms", number)]);
    } else {
      own.calls.push(callOf(line, at, number));
    }
  }
  if (!isChecked) checkFirst({});
  const firstAt = [...methods.values()].reduce(
    (least, { calls }) => calls.reduce((min, { at }) => Math.min(min, at), least),
    Number.POSITIVE_INFINITY,
  );
  const found = [...methods].map(([key, { calls, batches }]): TracedMethod => {
    const [runner, method] = JSON.parse(key) as [string, string];
    const kind = calls.some(({ isPlain }) => isPlain) ? "plain" : "batched";
    const isWeighted = calls.some(({ weight }) => weight !== undefined);
    const moved = calls.map((call) => ({ ...call, at: call.at - firstAt }));
    moved.sort((one, other) => one.at - other.at);
    return { runner, method, kind, isWeighted, batches, calls: moved };
  });
  return found.sort((one, other) => other.calls.length - one.calls.length);
}

/**
 * Returns the cost of recorded batches: the medians of classes of like size, with lines between.
 * That of a plain method are the durations of calls that met no other.
 *
 * @throws Error if nothing was recorded that says it
 */
export function tracedCost(traced: TracedMethod): TracedCost {
  const batches = traced.kind === "plain" ? aloneOf(traced.calls) : traced.batches;
  if (batches.length === 0) {
    throw new Error(
      `The trace does not say what method "${traced.method}" costs: it has no ` +
        (traced.kind === "plain" ? "answered call that met no other" : "batch of it"),
    );
  }
  const classes = new Map<number, [units: number, ms: number][]>();
  for (const [units, ms] of batches) {
    const size = classOf(units);
    const own = classes.get(size) ?? [];
    classes.set(size, own);
    own.push([units, ms]);
  }
  const points = [...classes.values()]
    .map((own) => [median(own.map(([units]) => units)), median(own.map(([, ms]) => ms))] as const)
    .sort(([one], [other]) => one - other);
  const cost = measured(points);
  return { cost, factors: batches.map(([units, ms]) => ms / Math.max(1e-6, cost(1, units))) };
}

/** Returns the calls that neither found nor met another, as batches of one. */
function aloneOf(calls: readonly TracedCall[]): (readonly [units: number, ms: number])[] {
  const alone: (readonly [number, number])[] = [];
  let lastEnd = Number.NEGATIVE_INFINITY;
  for (const [index, { at, ms, isAnswered }] of calls.entries()) {
    const nextAt = calls[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    if (isAnswered && at >= lastEnd && at + ms <= nextAt) alone.push([1, ms]);
    lastEnd = Math.max(lastEnd, at + ms);
  }
  return alone;
}

function classOf(units: number): number {
  if (units <= 16) return Math.round(units);
  return Math.round(Math.log2(units) * CLASSES_PER_DOUBLING) + 1_000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? 0;
}

function callOf(line: Line, at: number, number: number): TracedCall {
  const { lane, outcome } = line;
  const ms = numberOf(line, "ms", number);
  const optional = (name: string) => (name in line ? numberOf(line, name, number) : undefined);
  const [weight, deadlineMs] = [optional("weight"), optional("deadlineMs")];
  return {
    ...{ at, ms, isAnswered: outcome === "answered", isPlain: line["plain"] === true },
    rows: numberOf(line, "rows", number),
    ...(weight !== undefined && { weight }),
    ...(deadlineMs !== undefined && { deadlineMs: Math.max(0, deadlineMs) }),
    ...(outcome === "left" && { patienceMs: ms }),
    ...(lane === "bulk" && { lane }),
  };
}

function parsed(text: string, number: number): Line {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line === "object" && line !== null) return line as Line;
  } catch {
    // The message below says it.
  }
  throw new TypeError(`Line ${number} is not a JSON object: ${JSON.stringify(text.slice(0, 40))}`);
}

function checkFirst({ ekiben, version }: Line): void {
  if (ekiben === "trace" && version === 1) return;
  const newer = ekiben === "trace" ? `, but has version ${String(version).slice(0, 9)}` : "";
  throw new TypeError(
    `The first line must be that of a trace of version 1${newer}: record one by ` +
      "ekiben serve --record-trace FILE",
  );
}

function numberOf(line: Line, name: string, number: number): number {
  const value = line[name];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const given = JSON.stringify(value) ?? "missing";
  throw new TypeError(`"${name}" of line ${number} must be a number, but is ${given.slice(0, 40)}`);
}
