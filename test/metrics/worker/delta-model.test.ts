/**
 * Random work of workers that start and end, compared with a model that adds up by itself: each
 * amount is counted exactly once if its delta was merged, and never if it was lost. No count falls,
 * unless its series was removed.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Metrics } from "../../../src/metrics/metrics.ts";
import type { MetricsRegistry } from "../../../src/metrics/registry.ts";
import type { MetricsDelta } from "../../../src/metrics/worker/delta.ts";
import { type WorkerMetrics, workerMetrics } from "../../../src/metrics/worker/worker-metrics.ts";
import { seeded } from "../../support/random.ts";
import { quiet, samplesIn, textOf } from "../exposed.ts";

const help = "x";
const SOURCES = ["r/1", "r/2", "q/1"] as const;
const LABELS = ["a", "b", "c"] as const;
const buckets = [10, 20];

type Totals = Map<string, number>;

function add(totals: Totals, key: string, amount: number): void {
  totals.set(key, (totals.get(key) ?? 0) + amount);
}

function pick<T>(random: () => number, list: readonly T[]): T {
  const found = list[Math.floor(random() * list.length)];
  assert.ok(found !== undefined);
  return found;
}

/** The removable series, by the first letters of their samples' names. */
const REMOVABLE = ["c", "h", "g", "l"] as const;

/** The series of a sample: the first letter of its name, and its label. */
function seriesOf(key: string): string {
  return `${key[0]} ${/a="(.)"/.exec(key)?.[1]}`;
}

function removeSeries(totals: Totals, series: string): void {
  for (const key of [...totals.keys()]) if (seriesOf(key) === series) totals.delete(key);
}

/** The changes of a worker since it last reported. */
interface Changes {
  readonly removed: ReadonlySet<string>;
  readonly counts: Totals;
  readonly gauges: Totals;
}

/** A worker, with the changes that it has not reported yet. */
class ModelWorker {
  readonly metrics: WorkerMetrics = workerMetrics();
  #counts: Totals = new Map();
  #gauges: Totals = new Map();
  #removed = new Set<string>();
  readonly #reported = new Set<string>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  remove(): void {
    const metric = pick(this.#random, REMOVABLE);
    const a = pick(this.#random, LABELS);
    removeIn(this.metrics, metric, a);
    const series = `${metric} ${a}`;
    removeSeries(this.#counts, series);
    removeSeries(this.#gauges, series);
    // Counts of all workers are removed; of a gauge, only the value of this one.
    const isCount = metric === "c" || metric === "h";
    if (this.#reported.delete(series) || isCount) this.#removed.add(series);
  }

  work(): void {
    const a = pick(this.#random, LABELS);
    const amount = Math.floor(this.#random() * 30);
    switch (pick(this.#random, ["counter", "histogram", "summary", "gauge"] as const)) {
      case "counter":
        this.metrics.counter("c", { help, labels: ["a"] }).inc({ a }, amount);
        add(this.#counts, `c_total{a="${a}"}`, amount);
        break;
      case "histogram":
        this.metrics.histogram("h", { help, labels: ["a"], buckets }).observe({ a }, amount);
        for (const bound of [...buckets, Number.POSITIVE_INFINITY]) {
          const le = bound === Number.POSITIVE_INFINITY ? "+Inf" : bound;
          add(this.#counts, `h_bucket{a="${a}",le="${le}"}`, amount <= bound ? 1 : 0);
        }
        add(this.#counts, `h_count{a="${a}"}`, 1);
        add(this.#counts, `h_sum{a="${a}"}`, amount);
        break;
      case "summary":
        this.metrics.summary("s", { help }).observe(amount);
        add(this.#counts, "s_count", 1);
        add(this.#counts, "s_sum", amount);
        break;
      case "gauge":
        this.metrics.gauge("g", { help, labels: ["a"], aggregate: "sum" }).set({ a }, amount);
        this.metrics.gauge("l", { help, labels: ["a"], aggregate: "livesum" }).set({ a }, amount);
        this.#gauges.set(`g{a="${a}"}`, amount);
        this.#gauges.set(`l{a="${a}"}`, amount);
        break;
    }
  }

  take(): { readonly delta: MetricsDelta | undefined; readonly changes: Changes } {
    const changes = { removed: this.#removed, counts: this.#counts, gauges: this.#gauges };
    this.#removed = new Set();
    this.#counts = new Map();
    this.#gauges = new Map();
    for (const key of [...changes.counts.keys(), ...changes.gauges.keys()]) {
      this.#reported.add(seriesOf(key));
    }
    return { delta: structuredClone(this.metrics.takeDelta()), changes };
  }
}

/** Removes a series by the metric's definition, which is the same everywhere. */
function removeIn(metrics: Metrics, metric: (typeof REMOVABLE)[number], a: string): void {
  const labels = ["a"] as const;
  if (metric === "c") metrics.counter("c", { help, labels }).remove({ a });
  if (metric === "h") metrics.histogram("h", { help, labels, buckets }).remove({ a });
  if (metric === "g") metrics.gauge("g", { help, labels, aggregate: "sum" }).remove({ a });
  if (metric === "l") metrics.gauge("l", { help, labels, aggregate: "livesum" }).remove({ a });
}

class Model {
  readonly registry: MetricsRegistry = quiet();
  readonly #random: () => number;
  readonly #workers = new Map<string, ModelWorker>();
  readonly #counted: Totals = new Map();
  /** The values of each source's gauges, as far as they were reported. */
  readonly #gauges = new Map<string, Totals>();
  /** Sources whose worker has ended and whose replacement has not reported its gauges. */
  readonly #ended = new Set<string>();
  #before: Totals = new Map();

  constructor(random: () => number) {
    this.#random = random;
  }

  step(): void {
    const source = pick(this.#random, SOURCES);
    const worker = this.#workers.get(source) ?? new ModelWorker(this.#random);
    this.#workers.set(source, worker);
    const dice = this.#random();
    if (dice < 0.6) worker.work();
    else if (dice < 0.7) worker.remove();
    else if (dice < 0.72) this.#remove();
    else if (dice < 0.93) this.#merge(source, worker);
    else this.#kill(source, worker);
  }

  #merge(source: string, worker: ModelWorker): void {
    const { delta, changes } = worker.take();
    const { removed, counts } = changes;
    if (delta === undefined) {
      return assert.equal(removed.size + counts.size + changes.gauges.size, 0);
    }
    this.registry.merge(source, delta);
    for (const { type, name } of delta.changes) {
      if (type === "gauge" && this.#ended.delete(`${source} ${name}`)) this.#drop(source, name);
    }
    const gauges: Totals = this.#gauges.get(source) ?? new Map();
    this.#gauges.set(source, gauges);
    for (const series of removed) {
      removeSeries(gauges, series);
      this.#removeCounts(series);
    }
    for (const [key, amount] of counts) add(this.#counted, key, amount);
    for (const [key, value] of changes.gauges) gauges.set(key, value);
  }

  /** Removes a series of all workers, on the main thread. */
  #remove(): void {
    const metric = pick(this.#random, REMOVABLE);
    const a = pick(this.#random, LABELS);
    removeIn(this.registry, metric, a);
    for (const gauges of this.#gauges.values()) removeSeries(gauges, `${metric} ${a}`);
    this.#removeCounts(`${metric} ${a}`);
  }

  #removeCounts(series: string): void {
    removeSeries(this.#counted, series);
    removeSeries(this.#before, series);
  }

  #drop(source: string, metric: string): void {
    const gauges = this.#gauges.get(source) ?? new Map();
    for (const key of [...gauges.keys()]) if (key.startsWith(metric)) gauges.delete(key);
  }

  /** Ends the worker. One of two loses a delta on its way. */
  #kill(source: string, worker: ModelWorker): void {
    if (this.#random() < 0.5) worker.take();
    this.registry.forget(source);
    this.#workers.delete(source);
    this.#drop(source, "l");
    this.#ended.add(`${source} g`);
  }

  async check(): Promise<void> {
    const exposed = samplesIn(await textOf(this.registry));
    const wanted: Totals = new Map(this.#counted);
    for (const gauges of this.#gauges.values()) {
      for (const [key, value] of gauges) add(wanted, key, value);
    }
    const sorted = (samples: ReadonlyMap<string, number>) =>
      [...samples].sort(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(sorted(exposed), sorted(wanted));
    for (const [key, value] of this.#before) {
      if (!/^[gl]\{/.test(key)) assert.ok((exposed.get(key) ?? 0) >= value, `${key} fell`);
    }
    this.#before = new Map(exposed);
  }
}

test("MetricsRegistry.merge() counts each report once, of workers that end too", async () => {
  await seeded(async (random) => {
    for (let round = 0; round < 20; round += 1) {
      const model = new Model(random.next);
      for (let step = 0; step < 200; step += 1) {
        model.step();
        if (step % 5 === 0) await model.check();
      }
      await model.check();
    }
  });
});
