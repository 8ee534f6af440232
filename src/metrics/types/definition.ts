/**
 * Definition: a metric without its values, as plain data that can be posted to another thread.
 * @module
 */

import { checkCount, checkOptions } from "../../check.ts";
import { checkNative, type NativeOptions } from "../native/native-buckets.ts";
import { AGGREGATES, type Aggregate } from "../worker/aggregate.ts";
import { checkBuckets, DEFAULT_BUCKETS } from "./buckets.ts";
import { checkLabelNames, fullName, type MetricType, type NameParts } from "./name.ts";

/** The options of every metric. */
export interface MetricOptions<L extends string> extends NameParts {
  /** A sentence about the measured quantity. */
  readonly help: string;
  /** The names of its labels. Default: none. */
  readonly labels?: readonly L[];
  /**
   * The most series that it may have. Further ones are counted as one, whose labels are all
   * `other`. Those of a gauge are added up in each worker, and then combined by its `aggregate`.
   * Default: the registry's.
   */
  readonly maxSeries?: number;
}

/** The options of a counter. */
export type CounterOptions<L extends string = never> = MetricOptions<L>;

/** The options of a summary. */
export type SummaryOptions<L extends string = never> = MetricOptions<L>;

/** The options of a gauge. */
export interface GaugeOptions<L extends string = never> extends MetricOptions<L> {
  /** The way to combine the values of several workers. Default `all`. */
  readonly aggregate?: Aggregate;
}

/** The options of a histogram. */
export interface HistogramOptions<L extends string = never> extends MetricOptions<L> {
  /** The upper bounds of its buckets, ascending. Default: BentoML's, from 0.005 to 10 seconds. */
  readonly buckets?: readonly number[];
  /** Counts in the buckets of a native histogram too. Default false. */
  readonly native?: boolean | Partial<NativeOptions>;
}

interface Common {
  /** The full name. */
  readonly name: string;
  readonly help: string;
  readonly unit: string | undefined;
  readonly labels: readonly string[];
  /** `undefined` for the registry's. */
  readonly maxSeries: number | undefined;
}

/** The definition of a counter. */
export interface CounterDefinition extends Common {
  readonly type: "counter";
}

/** The definition of a gauge. */
export interface GaugeDefinition extends Common {
  readonly type: "gauge";
  readonly aggregate: Aggregate;
}

/** The definition of a histogram. */
export interface HistogramDefinition extends Common {
  readonly type: "histogram";
  /** Finite and ascending. */
  readonly buckets: readonly number[];
  readonly native: NativeOptions | undefined;
}

/** The definition of a summary. */
export interface SummaryDefinition extends Common {
  readonly type: "summary";
}

/** The definition of a metric. */
export type Definition =
  | CounterDefinition
  | GaugeDefinition
  | HistogramDefinition
  | SummaryDefinition;

/** Defines a counter. Like the others, it throws TypeError or RangeError for wrong options. */
export function defineCounter(name: string, options: CounterOptions<string>): CounterDefinition {
  return { type: "counter", ...common("counter", name, options) };
}

/** Defines a summary. */
export function defineSummary(name: string, options: SummaryOptions<string>): SummaryDefinition {
  return { type: "summary", ...common("summary", name, options) };
}

/** Defines a gauge. */
export function defineGauge(name: string, options: GaugeOptions<string>): GaugeDefinition {
  const checked = common("gauge", name, options, ["aggregate"]);
  const { aggregate = "all" } = options;
  if (!AGGREGATES.includes(aggregate)) {
    throw new TypeError(
      `Cannot define gauge "${checked.name}" with aggregate ${JSON.stringify(aggregate)}: ` +
        `it must be one of ${AGGREGATES.join(", ")}`,
    );
  }
  return { type: "gauge", ...checked, aggregate };
}

/** Defines a histogram. */
export function defineHistogram(
  name: string,
  options: HistogramOptions<string>,
): HistogramDefinition {
  const checked = common("histogram", name, options, ["buckets", "native"]);
  const buckets = checkBuckets(checked.name, options.buckets ?? DEFAULT_BUCKETS);
  return { type: "histogram", ...checked, buckets, native: checkNative(options.native ?? false) };
}

/** The names of the options of every metric. */
const OPTIONS = ["help", "labels", "namespace", "subsystem", "unit", "maxSeries"];

const ELSEWHERE = "a metric belongs to the registry that defines it: remove the option";

/** Hints for the options of Python's client and of prom-client. */
const FOREIGN: Readonly<Record<string, string>> = {
  documentation: 'did you mean "help"?',
  labelnames: 'did you mean "labels"?',
  labelNames: 'did you mean "labels"?',
  multiprocess_mode: 'did you mean "aggregate"?',
  aggregator: 'did you mean "aggregate"?',
  registry: ELSEWHERE,
  registers: ELSEWHERE,
  name: "the name is the first argument",
  collect: "a gauge's setFunction() computes its value at each scrape",
  percentiles: "a summary has only a count and a sum; a histogram gives quantiles",
};

/** @param own the options that only this type has */
function common(
  type: MetricType,
  name: string,
  options: MetricOptions<string>,
  own: readonly string[] = [],
): Common {
  checkOptions(
    `Cannot define ${type} ${JSON.stringify(name)}`,
    options,
    [...OPTIONS, ...own],
    FOREIGN,
  );
  const { help, labels = [], unit, maxSeries } = options;
  const full = fullName(type, name, options);
  if (typeof help !== "string" || help.trim() === "") {
    throw new TypeError(
      `Cannot define metric "${full}" without help: "help" must say what it measures`,
    );
  }
  return {
    name: full,
    help: help.toWellFormed(),
    unit,
    labels: checkLabelNames(full, type, labels),
    maxSeries: maxSeries === undefined ? undefined : checkCount("maxSeries", maxSeries),
  };
}

/**
 * Checks that two definitions of one name are the same.
 *
 * @param except properties that may differ
 * @throws TypeError that names the difference
 */
export function requireSame(
  before: Definition,
  now: Definition,
  except: readonly string[] = [],
): void {
  const keys = before.type === now.type ? Object.keys(now) : ["type"];
  const differing = keys
    .filter((key) => !except.includes(key))
    .filter((key) => shown(before, key) !== shown(now, key));
  if (differing.length === 0) return;
  const words = differing.map((key) => `${key} ${shown(now, key)}, not ${shown(before, key)}`);
  throw new TypeError(
    `Cannot define metric "${now.name}" again with another definition: ${words.join("; ")}`,
  );
}

/** Returns the text of one property of a definition, to compare and to print it. */
function shown(definition: Definition, key: string): string {
  const properties: Readonly<Record<string, unknown>> = { ...definition };
  return JSON.stringify(properties[key]) ?? "(none)";
}
