/**
 * The parsers of the other flags of `ekiben simulate`.
 * @module
 */

import { InvalidArgumentError } from "commander";
import { messageOf } from "../../error.ts";
import { adaptive, fixedWindow, off, targetLatency } from "../../runner/batching/batch-options.ts";
import type { Strategy } from "../../runner/batching/policy.ts";
import { type Cost, linear, measured } from "../../simulator/cost.ts";
import type { Distribution } from "../../simulator/distribution.ts";
import { decimal } from "../flag-numbers.ts";
import { jsonOf, textOf } from "./input-file.ts";

/** The most arrivals: 20,000 to 100,000 of them are simulated in a second. */
export const MAX_ARRIVALS = 2_000_000;
/** The most bytes of a file of times: 20 for each arrival. */
const MAX_TIMES_BYTES = 20 * MAX_ARRIVALS;
/** The most rows of a call, and the most workers and callers. */
export const MAX_ROWS = 100_000;
export const MAX_WORKERS = 1_000;
export const MAX_CALLERS = 100_000;
/** The most sizes in a table of costs. */
const MAX_COSTS = 10_000;

/** A process of arrivals, the recorded ones, or callers who wait for their answers. */
export type Arrivals =
  | { readonly kind: "poisson" | "uniform"; readonly perSecond: number }
  | { readonly kind: "trace"; readonly moments: readonly number[] }
  | { readonly kind: "closed"; readonly parallel: number };

export function parseArrivals(text: string): Arrivals {
  const [, kind, value = ""] = /^(poisson|uniform|trace|closed):(.+)$/s.exec(text) ?? [];
  if (kind === "trace") return { kind, moments: readTimes(value) };
  const number = decimal(value);
  if (kind === "closed" && Number.isInteger(number) && number >= 1 && number <= MAX_CALLERS) {
    return { kind, parallel: number };
  }
  if ((kind === "poisson" || kind === "uniform") && number > 0) return { kind, perSecond: number };
  throw new InvalidArgumentError(
    "It must be poisson:RATE or uniform:RATE, in calls a second above 0 (poisson:800), " +
      `closed:CALLERS, from 1 to ${MAX_CALLERS}, or trace:FILE.`,
  );
}

function readTimes(file: string): number[] {
  const lines = asArgument(() => textOf(file, MAX_TIMES_BYTES)).split("\n");
  const moments: number[] = [];
  for (const [at, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const moment = decimal(line.trim());
    if (Number.isNaN(moment)) {
      const hint = line.startsWith('{"ekiben":"trace"') ? " Give a recorded trace to --trace." : "";
      throw new InvalidArgumentError(
        `Each line must be a time in ms, but line ${at + 1} is ` +
          `${JSON.stringify(line.slice(0, 40))}.${hint}`,
      );
    }
    moments.push(moment);
  }
  if (moments.length > 0 && moments.length <= MAX_ARRIVALS) return moments;
  throw new InvalidArgumentError(
    `The file must have 1 to ${MAX_ARRIVALS} times, but has ${moments.length}.`,
  );
}

export function parseModel(text: string): Cost {
  const parts = text.split(",").map((part) => part.trim().split("="));
  const cost = Object.fromEntries(parts.map(([name, value = ""]) => [name, decimal(value)]));
  const { a = Number.NaN, b = Number.NaN } = cost;
  if (parts.length === 2 && a >= 0 && b >= 0) return linear({ a, b });
  throw new InvalidArgumentError("It must be two times in ms from 0, such as a=0.07,b=0.03.");
}

/** Reads a table of costs from a file of JSON. */
export function parseCostFile(file: string): Cost {
  return asArgument(() => measured(checkedTable(jsonOf(file), "The file")));
}

/**
 * Checks a table of costs.
 *
 * @throws Error for anything but pairs of units and milliseconds, in ascending order of units
 */
export function checkedTable(value: unknown, what: string): [units: number, ms: number][] {
  const pairs = Array.isArray(value) ? (value as unknown[]) : [];
  const isPair = (pair: unknown): pair is [number, number] =>
    Array.isArray(pair) &&
    pair.length === 2 &&
    pair.every((each) => typeof each === "number" && Number.isFinite(each) && each >= 0);
  const isAscending = (pair: [number, number], at: number): boolean =>
    at === 0 || pair[0] > ((pairs[at - 1] as [number, number])[0] ?? 0);
  const isRight = pairs.length >= 1 && pairs.length <= MAX_COSTS && pairs.every(isPair);
  if (isRight && pairs.every(isAscending)) return pairs;
  throw new Error(
    `${what} must be a list of 1 to ${MAX_COSTS} pairs of units and milliseconds, in ascending ` +
      "order of units, such as [[1, 6], [32, 37]].",
  );
}

/** Parses `8`, `uniform:1,16` or `lognormal:15,0.8`. */
export function parseDistribution(text: string): Distribution {
  const [, kind, list = ""] = /^(?:(uniform|lognormal):)?(.+)$/.exec(text) ?? [];
  const [one = Number.NaN, other = Number.NaN, ...more] = list.split(",").map(decimal);
  if (kind === undefined && one > 0 && list === text && Number.isNaN(other)) return one;
  if (more.length === 0 && one > 0) {
    if (kind === "uniform" && other >= one) return { uniform: [one, other] };
    if (kind === "lognormal" && other >= 0 && other <= 3) return { lognormal: [one, other] };
  }
  throw new InvalidArgumentError(
    "It must be a number above 0, uniform:LEAST,MOST, or lognormal:MEDIAN,SIGMA with a sigma up " +
      "to 3 (lognormal:15,0.8).",
  );
}

export function parseStrategy(text: string): Strategy {
  const [, name, value] = /^(\w+)(?::(.*))?$/.exec(text) ?? [];
  const ms = decimal(value ?? "");
  if (name === "adaptive" && value === undefined) return adaptive();
  if (name === "off" && value === undefined) return off();
  if (name === "fixedWindow" && ms >= 0) return fixedWindow({ waitMs: ms });
  if (name === "targetLatency" && ms >= 0) return targetLatency({ latencyMs: ms });
  throw new InvalidArgumentError("It must be adaptive, fixedWindow:MS, targetLatency:MS or off.");
}

/** Calls a function, and turns its error into one of an argument. */
export function asArgument<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}
