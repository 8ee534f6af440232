/**
 * The options of batching, with BentoML's defaults.
 * @module
 */

import { checkCount } from "../../check.ts";
import { DEFAULT_MAX_LATENCY_MS } from "../../limits.ts";
import type { Padding } from "../rows/padding.ts";
import type { RowAxis } from "../rows/rows.ts";
import type { WeightOfRow } from "../rows/weights.ts";
import type { Strategy } from "./policy.ts";

/** The batching of a runner or of one of its methods. */
export interface BatchOptions {
  /** The most rows in a batch; a call is split where it has more or fills a batch. Default 100. */
  readonly maxBatchSize?: number;
  /**
   * The most units in a batch: its rows times the weight of its heaviest row. It bounds the memory
   * of methods whose runnable says how rows weigh. Default: no limit.
   */
  readonly maxBatchWeight?: number;
  /** The longest time for a call, including its wait, in milliseconds. Default 60,000. */
  readonly maxLatencyMs?: number;
  /** The most rows that may wait in each lane; more are refused. Default 100 full batches. */
  readonly maxQueueRows?: number;
  /** The time to send a batch. Default `adaptive()`. */
  readonly strategy?: Strategy;
  /** The axis that holds the rows: of arguments and results, or of each. Default 0. */
  readonly batchAxis?: number | readonly [input: number, output: number];
}

/** The names of the options. */
export const BATCH_OPTIONS: readonly (keyof BatchOptions)[] = [
  ...(["maxBatchSize", "maxBatchWeight", "maxLatencyMs", "maxQueueRows"] as const),
  ...(["strategy", "batchAxis"] as const),
];

/** The settings of one method, complete. */
export interface BatchSettings {
  readonly maxBatchSize: number;
  /** The most units in a batch; Infinity without a limit. */
  readonly maxBatchWeight: number;
  readonly maxLatencyMs: number;
  readonly maxQueueRows: number;
  readonly strategy: Strategy;
  readonly axisIn: RowAxis;
  readonly axisOut: RowAxis;
  /** Returns the weight of a row. Default: by the padding, or else 1. */
  readonly weightOf?: WeightOfRow | undefined;
  /** The tensors that are padded to be joined. Default: none. */
  readonly padding?: Padding | undefined;
}

/**
 * Sends a batch as soon as a worker is free or, while calls arrive fast, at even intervals. The
 * default.
 */
export function adaptive(): Strategy {
  return { name: "adaptive" };
}

/** Sends a batch `waitMs` milliseconds after its first call, or when it is full. */
export function fixedWindow({ waitMs }: { readonly waitMs: number }): Strategy {
  return { name: "fixedWindow", waitMs: checkMs("waitMs", waitMs) };
}

/** Sends a batch as late as its first call can still be answered within that time. */
export function targetLatency({ latencyMs }: { readonly latencyMs: number }): Strategy {
  return { name: "targetLatency", latencyMs: checkMs("latencyMs", latencyMs) };
}

/** Sends every call as a batch of its own. */
export function off(): Strategy {
  return { name: "off" };
}

/**
 * Completes the settings of a method: its own come before the runner's, those before the defaults.
 *
 * @throws RangeError for a number out of range, TypeError for a value that is not a strategy
 */
export function batchSettings(...layers: readonly (BatchOptions | undefined)[]): BatchSettings {
  const given: BatchOptions = Object.assign({}, ...layers.toReversed());
  const { maxBatchSize = 100, maxLatencyMs = DEFAULT_MAX_LATENCY_MS } = given;
  const { strategy = adaptive() } = given;
  checkCount("maxBatchSize", maxBatchSize);
  const { maxBatchWeight = Number.POSITIVE_INFINITY } = given;
  if (!(maxBatchWeight > 0)) {
    throw new RangeError(`"maxBatchWeight" must be a number above 0, but was ${maxBatchWeight}`);
  }
  checkMs("maxLatencyMs", maxLatencyMs);
  checkStrategy(strategy);
  const maxQueueRows = given.maxQueueRows ?? 100 * maxBatchSize;
  checkCount("maxQueueRows", maxQueueRows);
  const axes = given.batchAxis ?? 0;
  const [axisIn, axisOut] = typeof axes === "number" ? [axes, axes] : axes;
  checkCount("batchAxis", axisIn, 0);
  checkCount("batchAxis", axisOut, 0);
  const sizes = { maxBatchSize, maxBatchWeight, maxQueueRows };
  return { ...sizes, maxLatencyMs, strategy, axisIn, axisOut };
}

/** Returns the place of the options that set one of the settings; undefined for its default. */
export function batchSource<P>(
  option: keyof BatchOptions,
  layers: readonly (readonly [place: P, options: BatchOptions | undefined])[],
): P | undefined {
  return layers.find(([, options = {}]) => Object.hasOwn(options, option))?.[0];
}

/** Returns the settings of a method that is not batched, whose calls are one row each. */
export function unbatchedSettings(maxQueueRows = 1_000): BatchSettings {
  return {
    maxBatchSize: 1,
    maxBatchWeight: Number.POSITIVE_INFINITY,
    maxLatencyMs: Number.POSITIVE_INFINITY,
    maxQueueRows,
    strategy: off(),
    axisIn: 0,
    axisOut: 0,
  };
}

const STRATEGIES: readonly Strategy["name"][] = ["adaptive", "fixedWindow", "targetLatency", "off"];

function checkStrategy(strategy: Strategy): void {
  if (STRATEGIES.includes((strategy as Partial<Strategy> | null)?.name ?? ("" as "off"))) return;
  throw new TypeError(
    '"strategy" must be adaptive(), fixedWindow({ waitMs }), targetLatency({ latencyMs }) or ' +
      `off(), but was ${typeof strategy === "string" ? `"${strategy}"` : strategy}`,
  );
}

function checkMs(option: string, value: number): number {
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`"${option}" must be a number of milliseconds from 0, but was ${value}`);
}
