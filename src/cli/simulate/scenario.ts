/**
 * Scenarios: simulations of several methods and groups of callers, described in a file of JSON.
 * @module
 */

import { type Section, section, shown, subsection } from "../../config/mapping.ts";
import { isNumber, numberFrom, valueAt, wholeNumber } from "../../config/value.ts";
import { messageOf } from "../../error.ts";
import type { BatchOptions } from "../../runner/batching/batch-options.ts";
import type { CallerGroup } from "../../simulator/clients.ts";
import type { Distribution } from "../../simulator/distribution.ts";
import type { SimulatedMethod, Simulation } from "../../simulator/simulate.ts";
import { type Arrivals, MAX_WORKERS, parseArrivals, parseStrategy } from "./flags.ts";
import { jsonOf } from "./input-file.ts";
import { callsOf } from "./loads.ts";
import { COST_KINDS, scenarioCost } from "./scenario-cost.ts";

const ROOT = ["workers", "durationSeconds", "batch", "costs", "pauses", "methods", "groups"];
const BATCH = ["maxBatchSize", "maxBatchWeight", "maxLatencyMs", "maxQueueRows", "strategy"];
const COSTS = ["requestMs", "answerMs", "batchMs", "hopMs", "loadMs", "wireMs"] as const;
const METHOD = ["kind", "cost", "spread", "outliers", "batch"];
const GROUP = [
  ...["name", "method", "arrivals", "thinkMs", "rows", "weight", "deadlineMs", "patienceMs"],
  ...["goalMs", "lane", "caller"],
];

/** The most groups and methods, and the most pauses and outliers. */
const MAX_PARTS = 1_000;

/**
 * Reads a scenario.
 *
 * @throws Error for a file that cannot be read, and for a value that it cannot have, with its path
 */
export function readScenario(file: string, seed: number): Omit<Simulation, "seed"> {
  try {
    return scenarioOf(jsonOf(file), seed);
  } catch (cause) {
    throw new Error(`Cannot simulate ${file}: ${messageOf(cause)}`, { cause });
  }
}

function scenarioOf(value: unknown, seed: number): Omit<Simulation, "seed"> {
  const root = section("", value, { known: ROOT });
  const workers = wholeNumber(root, "workers", 1, MAX_WORKERS);
  const duration = numberFrom(root, "durationSeconds", 0.001);
  const named = Object.entries(mappingAt(root, "methods"));
  if (named.length === 0) throw new Error('"methods" must name at least one method');
  const methods = Object.fromEntries(
    named.map(([name, each]) => [name, methodOf(`methods.${name}`, each)]),
  );
  const groups = listAt(root, "groups").map((each, at) =>
    groupOf(`groups.${at}`, each, { methods: Object.keys(methods), duration, seed: seed + at }),
  );
  if (groups.length === 0) throw new Error('"groups" must have at least one group of callers');
  const batch = batchOf(root);
  const costs = subsection(root, "costs", { known: COSTS });
  const numbers = COSTS.filter((name) => name !== "wireMs").map((name) => [
    name,
    numberFrom(costs, name, 0),
  ]);
  const wireMs = distributionAt(costs, "wireMs", 0);
  return {
    ...{ methods, groups, batch },
    ...(workers !== undefined && { workers }),
    costs: {
      ...Object.fromEntries(numbers.filter(([, ms]) => ms !== undefined)),
      ...(wireMs !== undefined && { wireMs }),
    },
    pauses: momentsAt(root, "pauses"),
  };
}

function methodOf(path: string, value: unknown): SimulatedMethod {
  const own = section(path, value, { known: METHOD });
  const isKind = (each: unknown): each is "batched" | "plain" =>
    each === "batched" || each === "plain";
  const kind = valueAt(own, "kind", "batched or plain", isKind);
  const isSpread = (each: unknown): each is number => isNumber(each, 0, 3);
  return {
    cost: scenarioCost(subsection(own, "cost", { known: COST_KINDS })),
    ...(kind !== undefined && { kind }),
    spread: valueAt(own, "spread", "a number from 0 to 3", isSpread) ?? 0,
    outliers: momentsAt(own, "outliers"),
    batch: batchOf(own),
  };
}

interface GroupContext {
  readonly methods: readonly string[];
  readonly duration: number | undefined;
  readonly seed: number;
}

function groupOf(path: string, value: unknown, context: GroupContext): CallerGroup {
  const own = section(path, value, { known: GROUP });
  const { methods, duration, seed } = context;
  const isMethod = (each: unknown): each is string => methods.includes(each as string);
  const isLane = (each: unknown): each is "interactive" | "bulk" =>
    each === "interactive" || each === "bulk";
  const numbers = {
    thinkMs: distributionAt(own, "thinkMs", 0),
    rows: distributionAt(own, "rows", 1),
    weight: distributionAt(own, "weight", 0),
    deadlineMs: distributionAt(own, "deadlineMs", 0),
    patienceMs: distributionAt(own, "patienceMs", 0),
    goalMs: numberFrom(own, "goalMs", 0),
  };
  const given = {
    name: textAt(own, "name"),
    method: valueAt(own, "method", `one of "methods": ${methods.join(", ")}`, isMethod),
    lane: valueAt(own, "lane", "interactive or bulk", isLane),
    caller: textAt(own, "caller"),
    ...numbers,
  };
  const present = Object.entries(given).filter(([, each]) => each !== undefined);
  const calls = callsOf(arrivalsAt(own), duration, seed);
  return { ...(Object.fromEntries(present) as Partial<CallerGroup>), ...calls };
}

function arrivalsAt(own: Section): Arrivals {
  const wanted = "poisson:RATE, uniform:RATE, closed:CALLERS or trace:FILE";
  const isText = (each: unknown): each is string => typeof each === "string";
  const text = valueAt(own, "arrivals", wanted, isText);
  if (text === undefined) throw new Error(`"${own.path}.arrivals" is missing: ${wanted}`);
  try {
    return parseArrivals(text);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new Error(`"${own.path}.arrivals" is ${shown(text)}. ${reason}`, { cause });
  }
}

function batchOf(parent: Section): BatchOptions {
  const own = subsection(parent, "batch", { known: BATCH });
  const strategyText = valueAt(
    own,
    "strategy",
    "adaptive, fixedWindow:MS, targetLatency:MS or off",
    (each): each is string => typeof each === "string" && isStrategy(each),
  );
  const given = {
    maxBatchSize: wholeNumber(own, "maxBatchSize", 1),
    maxBatchWeight: numberFrom(own, "maxBatchWeight", 0),
    maxLatencyMs: numberFrom(own, "maxLatencyMs", 0),
    maxQueueRows: wholeNumber(own, "maxQueueRows", 1),
    strategy: strategyText === undefined ? undefined : parseStrategy(strategyText),
  };
  return Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined));
}

function isStrategy(text: string): boolean {
  try {
    parseStrategy(text);
    return true;
  } catch {
    return false;
  }
}

function momentsAt(parent: Section, key: string): { atMs: number; ms: number }[] {
  return listAt(parent, key).map((each, at) => {
    const own = section(`${join(parent, key)}.${at}`, each, { known: ["atMs", "ms"] });
    const [atMs, ms] = [numberFrom(own, "atMs", 0), numberFrom(own, "ms", 0)];
    if (atMs !== undefined && ms !== undefined) return { atMs, ms };
    throw new Error(`"${own.path}" must have both "atMs" and "ms"`);
  });
}

function distributionAt(own: Section, key: string, least: number): Distribution | undefined {
  const isValue = (each: unknown): each is number => isNumber(each, least, 1e9);
  const isList = (each: unknown): each is unknown[] =>
    Array.isArray(each) && each.length > 0 && each.length <= 1e6;
  const isPairs = (each: unknown): boolean =>
    isList(each) &&
    each.every((pair) => isList(pair) && pair.length === 2 && pair.every((each) => isNumber(each)));
  const isOne = (each: unknown): each is Distribution => {
    if (isValue(each)) return true;
    if (typeof each !== "object" || each === null) return false;
    const [[kind, list] = [], ...more] = Object.entries(each).filter(([name]) => name !== "most");
    if (more.length > 0 || !isList(list)) return false;
    if (kind === "uniform") return list.length === 2 && list.every(isValue);
    if (kind === "lognormal")
      return list.length === 2 && isValue(list[0]) && isNumber(list[1], 0, 3);
    if (kind === "values") return list.every(isValue);
    if (kind === "choices") return isPairs(list) && list.every((pair) => isValue(first(pair)));
    return kind === "quantiles" && isPairs(list);
  };
  const from = `a number from ${least}`;
  return valueAt(
    own,
    key,
    `${from}, or one of uniform, lognormal, quantiles, choices, values`,
    isOne,
  );
}

const first = (pair: unknown): unknown => (pair as readonly unknown[])[0];

function textAt(own: Section, key: string): string | undefined {
  const isText = (each: unknown): each is string => typeof each === "string" && each !== "";
  return valueAt(own, key, "a text that is not empty", isText);
}

function mappingAt(own: Section, key: string): Readonly<Record<string, unknown>> {
  const isObject = (each: unknown): each is Readonly<Record<string, unknown>> =>
    typeof each === "object" && each !== null && !Array.isArray(each);
  return valueAt(own, key, "an object", isObject) ?? {};
}

function listAt(own: Section, key: string): readonly unknown[] {
  const isList = (each: unknown): each is unknown[] =>
    Array.isArray(each) && each.length <= MAX_PARTS;
  return valueAt(own, key, `a list of at most ${MAX_PARTS} objects`, isList) ?? [];
}

function join({ path }: Section, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
