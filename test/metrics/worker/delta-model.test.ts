/**
 * Random work of workers that come and go, against a model that adds up by hand: each amount is
 * counted exactly once if its delta was merged, never if it was lost, and nothing ever falls.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
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

/** A worker with what it has counted and not told yet, and where its gauge stands. */
class ModelWorker {
  readonly metrics: WorkerMetrics = workerMetrics();
  untold: Totals = new Map();
  readonly gauges: Totals = new Map();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  work(): void {
    const a = pick(this.#random, LABELS);
    const amount = Math.floor(this.#random() * 30);
    switch (pick(this.#random, ["counter", "histogram", "summary", "gauge"] as const)) {
      case "counter":
        this.metrics.counter("c", { help, labels: ["a"] }).inc({ a }, amount);
        add(this.untold, `c_total{a="${a}"}`, amount);
        break;
      case "histogram":
        this.metrics.histogram("h", { help, labels: ["a"], buckets }).observe({ a }, amount);
        for (const bound of [...buckets, Number.POSITIVE_INFINITY]) {
          const le = bound === Number.POSITIVE_INFINITY ? "+Inf" : bound;
          add(this.untold, `h_bucket{a="${a}",le="${le}"}`, amount <= bound ? 1 : 0);
        }
        add(this.untold, `h_count{a="${a}"}`, 1);
        add(this.untold, `h_sum{a="${a}"}`, amount);
        break;
      case "summary":
        this.metrics.summary("s", { help }).observe(amount);
        add(this.untold, "s_count", 1);
        add(this.untold, "s_sum", amount);
        break;
      case "gauge":
        this.metrics.gauge("g", { help, labels: ["a"], aggregate: "sum" }).set({ a }, amount);
        this.metrics.gauge("l", { help, labels: ["a"], aggregate: "livesum" }).set({ a }, amount);
        this.gauges.set(`g{a="${a}"}`, amount);
        this.gauges.set(`l{a="${a}"}`, amount);
        break;
    }
  }

  take(): { readonly delta: MetricsDelta | undefined; readonly told: Totals } {
    const told = this.untold;
    this.untold = new Map();
    return { delta: structuredClone(this.metrics.takeDelta()), told };
  }
}

class Model {
  readonly registry: MetricsRegistry = quiet();
  readonly #random: () => number;
  readonly #workers = new Map<string, ModelWorker>();
  readonly #counted: Totals = new Map();
  /** What each source's gauges stand at, as far as it has been told. */
  readonly #gauges = new Map<string, Totals>();
  /** Sources whose worker is gone and whose replacement has not told of its gauges. */
  readonly #left = new Set<string>();
  #before: ReadonlyMap<string, number> = new Map();

  constructor(random: () => number) {
    this.#random = random;
  }

  step(): void {
    const source = pick(this.#random, SOURCES);
    const worker = this.#workers.get(source) ?? new ModelWorker(this.#random);
    this.#workers.set(source, worker);
    const dice = this.#random();
    if (dice < 0.7) worker.work();
    else if (dice < 0.93) this.#merge(source, worker);
    else this.#kill(source, worker);
  }

  #merge(source: string, worker: ModelWorker): void {
    const { delta, told } = worker.take();
    if (delta === undefined) return assert.equal(told.size, 0);
    this.registry.merge(source, delta);
    for (const [key, amount] of told) add(this.#counted, key, amount);
    const reports = delta.changes.filter(({ type }) => type === "gauge").length;
    if (reports > 0) {
      if (this.#left.delete(source)) this.#gauges.delete(source);
      this.#gauges.set(source, new Map(worker.gauges));
    }
  }

  /** It dies, with or without a delta on its way that arrives no more. */
  #kill(source: string, worker: ModelWorker): void {
    if (this.#random() < 0.5) worker.take();
    this.registry.forget(source);
    this.#workers.delete(source);
    const gauges = this.#gauges.get(source);
    if (gauges === undefined) return;
    for (const key of [...gauges.keys()]) if (key.startsWith("l{")) gauges.delete(key);
    this.#left.add(source);
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
    this.#before = exposed;
  }
}

test("MetricsRegistry counts what workers tell once, whatever becomes of them", async () => {
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
