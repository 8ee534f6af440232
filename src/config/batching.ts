/**
 * The keys under `batching`: BentoML's `enabled`, `max_batch_size` and `max_latency_ms`, and
 * Ekiben's `max_batch_weight`, `max_queue_rows` and `strategy`.
 * @module
 */

import { nearChoice } from "../check.ts";
import { type Section, section, shown } from "./mapping.ts";
import { flag, numberAbove, numberFrom, wholeNumber } from "./value.ts";

/** The settings of a runner's batches that the configuration has. */
export interface BatchingConfig {
  readonly maxBatchSize?: number;
  readonly maxBatchWeight?: number;
  readonly maxLatencyMs?: number;
  readonly maxQueueRows?: number;
  /** True if a model that is served without code is batched; decided by a trial if missing. */
  readonly enabled?: boolean;
  /** `off` if batching is not enabled. */
  readonly strategy?: StrategyConfig;
}

/** A strategy with its setting. */
export type StrategyConfig =
  | { readonly name: "adaptive" }
  | { readonly name: "off" }
  | { readonly name: "fixedWindow"; readonly waitMs: number }
  | { readonly name: "targetLatency"; readonly latencyMs: number };

/** The names of strategies. */
export const STRATEGY_NAMES = ["adaptive", "fixed_window", "target_latency", "off"] as const;

const KEYS = {
  known: [
    ...["enabled", "max_batch_size", "max_batch_weight", "max_latency_ms"],
    ...["max_queue_rows", "strategy"],
  ],
};

/** @throws Error for an unknown key or an invalid value */
export function batchingConfig(path: string, value: unknown): BatchingConfig {
  const batching = section(path, value, KEYS);
  const strategy = strategyConfig(`${path}.strategy`, batching.values["strategy"] ?? undefined);
  const enabled = flag(batching, "enabled");
  return {
    ...optional("enabled", enabled),
    ...optional("maxBatchSize", wholeNumber(batching, "max_batch_size", 1)),
    ...optional("maxBatchWeight", numberAbove(batching, "max_batch_weight", 0)),
    ...optional("maxLatencyMs", numberFrom(batching, "max_latency_ms", 0)),
    ...optional("maxQueueRows", wholeNumber(batching, "max_queue_rows", 1)),
    ...optional("strategy", enabled === false ? { name: "off" } : strategy),
  };
}

function strategyConfig(path: string, value: unknown): StrategyConfig | undefined {
  if (value === undefined) return undefined;
  const given = typeof value === "string" ? { name: value } : value;
  const { values } = section(path, given, { known: ["name", "wait_ms", "latency_ms"] });
  const setting = (...known: string[]): Section => section(path, given, { known });
  switch (values["name"]) {
    case "adaptive":
    case "off":
      setting("name");
      return { name: values["name"] };
    case "fixed_window":
      return { name: "fixedWindow", waitMs: required(setting("name", "wait_ms"), "wait_ms") };
    case "target_latency":
      return {
        name: "targetLatency",
        latencyMs: required(setting("name", "latency_ms"), "latency_ms"),
      };
    default:
      throw new Error(
        `"${path}.name" must be one of ${STRATEGY_NAMES.join(", ")}, ` +
          `but was ${shown(values["name"] ?? null)}${nearChoice(values["name"], STRATEGY_NAMES)}`,
      );
  }
}

function required(strategy: Section, key: string): number {
  const value = numberFrom(strategy, key, 0);
  if (value !== undefined) return value;
  throw new Error(`"${strategy.path}.${key}" is missing: it must be a number of milliseconds`);
}

/** Returns an object with a key and its value; an empty one without a value. */
function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
