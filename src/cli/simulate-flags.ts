/**
 * The parsers of the flags of `ekiben simulate`.
 * @module
 */

import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { messageOf } from "../error.ts";
import { adaptive, fixedWindow, off, targetLatency } from "../runner/batching/batch-options.ts";
import type { Strategy } from "../runner/batching/policy.ts";

/** The most arrivals: 20,000 to 150,000 of them are simulated in a second. */
export const MAX_ARRIVALS = 2_000_000;
/** The most bytes of a trace: 20 for each arrival. */
const MAX_TRACE_BYTES = 20 * MAX_ARRIVALS;
/** The most rows of a call, and the most workers. */
export const MAX_ROWS = 100_000;
export const MAX_WORKERS = 1_000;

/** A process of arrivals, or the recorded ones. */
export type Arrivals =
  | { readonly kind: "poisson" | "uniform"; readonly perSecond: number }
  | { readonly kind: "trace"; readonly moments: readonly number[] };

export function parseArrivals(text: string): Arrivals {
  const [, kind, value = ""] = /^(poisson|uniform|trace):(.+)$/s.exec(text) ?? [];
  if (kind === "trace") return { kind, moments: readTrace(value) };
  const perSecond = decimal(value);
  if ((kind === "poisson" || kind === "uniform") && perSecond > 0) return { kind, perSecond };
  throw new InvalidArgumentError(
    "It must be poisson:RATE or uniform:RATE, in calls a second above 0 (poisson:800), " +
      "or trace:FILE.",
  );
}

function readTrace(file: string): number[] {
  const lines = textOf(file).split("\n");
  const moments: number[] = [];
  for (const [at, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const moment = decimal(line.trim());
    if (Number.isNaN(moment)) {
      throw new InvalidArgumentError(
        `Each line must be a time in ms, but line ${at + 1} is ` +
          `${JSON.stringify(line.slice(0, 40))}.`,
      );
    }
    moments.push(moment);
  }
  if (moments.length > 0 && moments.length <= MAX_ARRIVALS) return moments;
  throw new InvalidArgumentError(
    `The file must have 1 to ${MAX_ARRIVALS} times, but has ${moments.length}.`,
  );
}

/** Returns the text of a file, bounded: a device may have no end. */
function textOf(file: string): string {
  try {
    const descriptor = openSync(file, "r");
    try {
      return firstText(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new InvalidArgumentError(`The file cannot be read: ${messageOf(error)}.`);
  }
}

function firstText(descriptor: number): string {
  const chunks: Buffer[] = [];
  for (let bytes = 0; bytes <= MAX_TRACE_BYTES; bytes += chunks.at(-1)?.length ?? 0) {
    const chunk = Buffer.alloc(1 << 20);
    const length = readSync(descriptor, chunk);
    if (length === 0) return Buffer.concat(chunks).toString("utf8");
    chunks.push(chunk.subarray(0, length));
  }
  throw new Error(`it has more than ${MAX_TRACE_BYTES} bytes`);
}

/** A cost of `a` milliseconds a row, and `b` a batch. */
export interface Line {
  readonly a: number;
  readonly b: number;
}

export function parseCost(text: string): Line {
  const parts = text.split(",").map((part) => part.trim().split("="));
  const cost = Object.fromEntries(parts.map(([name, value = ""]) => [name, decimal(value)]));
  const { a = Number.NaN, b = Number.NaN } = cost;
  if (parts.length === 2 && a >= 0 && b >= 0) return { a, b };
  throw new InvalidArgumentError("It must be two times in ms from 0, such as a=0.07,b=0.03.");
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

/** Returns a decimal number from 0; NaN for anything else, where Number("") is 0. */
function decimal(text: string): number {
  return /^\d{1,15}(\.\d+)?$|^\.\d+$/.test(text) ? Number(text) : Number.NaN;
}

export function positive(text: string): number {
  const value = decimal(text);
  if (value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}

/** Returns a parser of whole numbers from 1 up, to `most` if there is one. */
export function count(most: number = Number.POSITIVE_INFINITY): (text: string) => number {
  const range = most === Number.POSITIVE_INFINITY ? "from 1 up" : `from 1 to ${most}`;
  return (text) => {
    const value = wholeNumber(text);
    if (value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}

/** Parses a time in milliseconds, from 0. */
export function milliseconds(text: string): number {
  const value = decimal(text);
  if (value >= 0) return value;
  throw new InvalidArgumentError("It must be a number of milliseconds from 0.");
}
