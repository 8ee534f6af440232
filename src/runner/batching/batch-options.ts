/**
 * The settings of adaptive batching, with BentoML's defaults.
 * @module
 */

import { checkCount } from "../../check.ts";
import { DEFAULT_MAX_LATENCY_MS } from "../../limits.ts";
import type { Strategy } from "./policy.ts";
import type { RowAxis } from "./rows.ts";

/** How the batched methods of a runner are batched. */
export interface BatchOptions {
  /** The most rows in a batch; a call is split where it has more or fills a batch. Default 100. */
  readonly maxBatchSize?: number;
  /** How long a call may take, waiting included, in milliseconds. Default 60,000. */
  readonly maxLatencyMs?: number;
  /** The most rows that may wait; more are refused with 503. Default 100 full batches. */
  readonly maxQueueRows?: number;
  /** When a batch is closed. Default `adaptive()`. */
  readonly strategy?: Strategy;
  /** The axis that holds the rows: of arguments and results, or of each. Default 0. */
  readonly batchAxis?: number | readonly [input: number, output: number];
}

/** The settings of one method, complete. */
export interface BatchSettings {
  readonly maxBatchSize: number;
  readonly maxLatencyMs: number;
  readonly maxQueueRows: number;
  readonly strategy: Strategy;
  readonly axisIn: RowAxis;
  readonly axisOut: RowAxis;
}

/** A batch goes as soon as a worker is free; of a fast line, batches start at even distances. */
export function adaptive(): Strategy {
  return { name: "adaptive" };
}

/** A batch goes `waitMs` milliseconds after its first call, or when it is full. */
export function fixedWindow({ waitMs }: { readonly waitMs: number }): Strategy {
  return { name: "fixedWindow", waitMs: checkMs("waitMs", waitMs) };
}

/** A batch goes as late as lets its first call be answered within `ms` milliseconds. */
export function targetLatency({ ms }: { readonly ms: number }): Strategy {
  return { name: "targetLatency", ms: checkMs("ms", ms) };
}

/** Every call is a batch of its own. */
export function off(): Strategy {
  return { name: "off" };
}

/**
 * The settings of a method: its own before the runner's before the defaults.
 *
 * @throws RangeError for a setting that cannot be
 */
export function batchSettings(...layers: readonly (BatchOptions | undefined)[]): BatchSettings {
  const given: BatchOptions = Object.assign({}, ...layers.toReversed());
  const { maxBatchSize = 100, maxLatencyMs = DEFAULT_MAX_LATENCY_MS } = given;
  const { strategy = adaptive() } = given;
  checkCount("maxBatchSize", maxBatchSize);
  checkMs("maxLatencyMs", maxLatencyMs);
  const maxQueueRows = given.maxQueueRows ?? 100 * maxBatchSize;
  checkCount("maxQueueRows", maxQueueRows);
  const axes = given.batchAxis ?? 0;
  const [axisIn, axisOut] = typeof axes === "number" ? [axes, axes] : axes;
  checkCount("batchAxis", axisIn, 0);
  checkCount("batchAxis", axisOut, 0);
  return { maxBatchSize, maxLatencyMs, maxQueueRows, strategy, axisIn, axisOut };
}

function checkMs(option: string, value: number): number {
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`"${option}" must be a number of milliseconds from 0, but was ${value}`);
}
