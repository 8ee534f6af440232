/**
 * The configuration file: BentoML's keys, checked, as plain data.
 *
 * ```yaml
 * runners:
 *   batching: { max_batch_size: 50, max_latency_ms: 600 } # every runner
 *   mnist:   # one runner, before the others' settings
 *     batching:
 *       strategy: { name: fixed_window, wait_ms: 5 }
 * ```
 * @module
 */

import { parse } from "yaml";
import { messageOf } from "../error.ts";
import { asMapping, type Mapping, rejectUnknown } from "./mapping.ts";

/** How a runner's methods are batched, as far as the file says. */
export interface BatchingConfig {
  readonly maxBatchSize?: number;
  readonly maxLatencyMs?: number;
  readonly maxQueueRows?: number;
  readonly strategy?: StrategyConfig;
}

/** A strategy and its setting. */
export type StrategyConfig =
  | { readonly name: "adaptive" }
  | { readonly name: "off" }
  | { readonly name: "fixedWindow"; readonly waitMs: number }
  | { readonly name: "targetLatency"; readonly ms: number };

/** What a configuration file says. */
export interface Config {
  /** The batching of a runner by name: its own settings before those of all. */
  batchingOf(runner: string): BatchingConfig;
}

/**
 * Reads a configuration.
 *
 * @throws TypeError for what is no YAML, an unknown key (naming the nearest known one) or a value
 *   that cannot be, saying where
 */
export function parseConfig(text: string): Config {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw new TypeError(`It is not YAML: ${messageOf(error).split("\n", 1)[0]}`, { cause: error });
  }
  const top = asMapping("", document);
  rejectUnknown("", top, ["version", "runners"]);
  if ((top["version"] ?? 1) !== 1) {
    throw new TypeError(`"version" must be 1, but was ${JSON.stringify(top["version"])}`);
  }
  const { batching, ...named } = asMapping("runners", top["runners"] ?? {});
  const all = batchingConfig("runners.batching", batching ?? {});
  const own = new Map(
    Object.entries(named).map(([name, value]) => {
      const path = `runners.${name}`;
      const settings = asMapping(path, value);
      rejectUnknown(path, settings, ["batching"]);
      return [name, batchingConfig(`${path}.batching`, settings["batching"] ?? {})];
    }),
  );
  return { batchingOf: (runner) => ({ ...all, ...own.get(runner) }) };
}

const BATCHING_KEYS = ["enabled", "max_batch_size", "max_latency_ms", "max_queue_rows", "strategy"];

function batchingConfig(path: string, value: unknown): BatchingConfig {
  const batching = asMapping(path, value);
  rejectUnknown(path, batching, BATCHING_KEYS);
  const { enabled, strategy } = batching;
  if (enabled !== undefined && typeof enabled !== "boolean") {
    throw new TypeError(
      `"${path}.enabled" must be true or false, but was ${JSON.stringify(enabled)}`,
    );
  }
  return {
    ...optional("maxBatchSize", number(path, batching, "max_batch_size", 1)),
    ...optional("maxLatencyMs", number(path, batching, "max_latency_ms", 0)),
    ...optional("maxQueueRows", number(path, batching, "max_queue_rows", 1)),
    ...(strategy === undefined ? {} : { strategy: strategyConfig(`${path}.strategy`, strategy) }),
    ...(enabled === false ? { strategy: { name: "off" } as const } : {}),
  };
}

function strategyConfig(path: string, value: unknown): StrategyConfig {
  const strategy = typeof value === "string" ? { name: value } : asMapping(path, value);
  const { name } = strategy;
  switch (name) {
    case "adaptive":
    case "off":
      rejectUnknown(path, strategy, ["name"]);
      return { name };
    case "fixed_window":
      rejectUnknown(path, strategy, ["name", "wait_ms"]);
      return { name: "fixedWindow", waitMs: required(path, strategy, "wait_ms") };
    case "target_latency":
      rejectUnknown(path, strategy, ["name", "latency_ms"]);
      return { name: "targetLatency", ms: required(path, strategy, "latency_ms") };
    default:
      throw new TypeError(
        `"${path}.name" must be one of adaptive, fixed_window, target_latency, off, ` +
          `but was ${JSON.stringify(name)}`,
      );
  }
}

function required(path: string, mapping: Mapping, key: string): number {
  const value = number(path, mapping, key, 0);
  if (value !== undefined) return value;
  throw new TypeError(`"${path}.${key}" is missing: it must be a number of milliseconds`);
}

function number(path: string, mapping: Mapping, key: string, least: number): number | undefined {
  const value = mapping[key];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isFinite(value) && value >= least) return value;
  throw new TypeError(
    `"${path}.${key}" must be a number from ${least} up, but was ${JSON.stringify(value)}`,
  );
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
