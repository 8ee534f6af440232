/**
 * Registries of prom-client, read as snapshots, so that the metrics of libraries are exposed too.
 * @module
 */

import type {
  FamilySnapshot,
  HistogramPoint,
  SeriesLabels,
  SummaryPoint,
} from "./exposition/snapshot.ts";
import type { Exemplar } from "./types/exemplar.ts";

/** The method of prom-client's registry that is called: any object with that method will do. */
export interface PromRegistry {
  getMetricsAsJSON(): Promise<readonly PromMetric[]>;
}

/** A metric as prom-client returns it. */
export interface PromMetric {
  readonly name: string;
  readonly help: string;
  /** `counter`, `gauge`, `histogram` or `summary`, though prom-client declares a number. */
  readonly type: unknown;
  readonly values?: readonly PromValue[];
}

/** A sample as prom-client returns it. */
export interface PromValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  /** The name of the sample, if it differs from that of the metric. */
  readonly metricName?: string;
  readonly exemplar?: {
    readonly labelSet: Readonly<Record<string, string | number | undefined>>;
    readonly value: number;
    /** In seconds. */
    readonly timestamp: number;
  } | null;
}

/** The time limit of a registry: half of that of a scrape, by Prometheus's default. */
const LIMIT_MS = 5000;

/**
 * Reads the metrics of a registry.
 *
 * @throws Error after `limitMs`; any error of the registry; TypeError for a metric of a type
 *   that prom-client does not have
 */
export async function readRegistry(
  registry: PromRegistry,
  limitMs: number = LIMIT_MS,
): Promise<readonly FamilySnapshot[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`it has not answered within ${limitMs} ms`)),
    limitMs,
  );
  try {
    const metrics = await Promise.race([registry.getMetricsAsJSON(), late.promise]);
    return metrics.map(snapshotOf);
  } finally {
    clearTimeout(timer);
  }
}

function snapshotOf({ name, help, type, values = [] }: PromMetric): FamilySnapshot {
  const head = { name, help: help.toWellFormed() };
  switch (type) {
    case "counter":
      return { ...head, type, points: values.map(simplePoint) };
    case "gauge":
      return { ...head, type, points: values.map(simplePoint) };
    case "histogram":
      return { ...head, type, points: grouped(values, "le").map((each) => histogram(name, each)) };
    case "summary":
      return {
        ...head,
        type,
        points: grouped(values, "quantile").map((each) => summary(name, each)),
      };
    default:
      throw new TypeError(`metric "${name}" is of type ${type}, which prom-client does not have`);
  }
}

function simplePoint({ labels, value, exemplar }: PromValue) {
  return { ...seriesLabels(labels), value, exemplar: exemplarOf(exemplar) };
}

/** The samples of one series, and its labels without `le` or `quantile`. */
interface Group extends SeriesLabels {
  readonly samples: readonly PromValue[];
}

function grouped(values: readonly PromValue[], own: "le" | "quantile"): readonly Group[] {
  const groups = new Map<string, SeriesLabels & { samples: PromValue[] }>();
  for (const value of values) {
    const { [own]: _, ...rest } = value.labels;
    const labels = seriesLabels(rest);
    const key = JSON.stringify(labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...labels, samples: [value] });
    else group.samples.push(value);
  }
  return [...groups.values()];
}

function histogram(name: string, { samples, ...labels }: Group): HistogramPoint {
  const buckets = samples
    .filter(({ metricName }) => metricName === `${name}_bucket`)
    .map(({ labels: { le }, value, exemplar }) => ({
      bound: le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le),
      count: whole(value),
      exemplar: exemplarOf(exemplar),
    }))
    .sort((one, other) => one.bound - other.bound);
  const finite = buckets.filter(({ bound }) => Number.isFinite(bound));
  const count = whole(valueNamed(samples, `${name}_count`));
  return {
    ...labels,
    bounds: finite.map(({ bound }) => bound),
    cumulative: [...finite.map((bucket) => bucket.count), count],
    sum: valueNamed(samples, `${name}_sum`),
    exemplars: buckets.map(({ exemplar }) => exemplar),
  };
}

function summary(name: string, { samples, ...labels }: Group): SummaryPoint {
  return {
    ...labels,
    count: whole(valueNamed(samples, `${name}_count`)),
    sum: valueNamed(samples, `${name}_sum`),
    quantiles: samples
      .filter(({ labels: { quantile } }) => quantile !== undefined)
      .map(({ labels: { quantile }, value }) => [Number(quantile), value] as const),
  };
}

function valueNamed(samples: readonly PromValue[], name: string): number {
  return samples.find(({ metricName }) => metricName === name)?.value ?? 0;
}

/** Rounds a count: it must be a whole number in every format. */
function whole(count: number): number {
  return Number.isFinite(count) ? Math.trunc(count) : 0;
}

function seriesLabels(labels: PromValue["labels"]): SeriesLabels {
  const entries = Object.entries(labels).filter(([, value]) => value !== undefined);
  return {
    names: entries.map(([name]) => name),
    values: entries.map(([, value]) => String(value).toWellFormed()),
  };
}

function exemplarOf(exemplar: PromValue["exemplar"]): Exemplar | undefined {
  if (exemplar === undefined || exemplar === null) return undefined;
  const { names, values } = seriesLabels(exemplar.labelSet);
  return {
    labels: Object.fromEntries(names.map((name, at) => [name, values[at] ?? ""])),
    value: exemplar.value,
    timestampMs: Math.round(exemplar.timestamp * 1000),
  };
}
