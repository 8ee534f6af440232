/**
 * RunnerMetrics: counts the events of a runner in its default metrics.
 * @module
 */

import type { MetricsRegistry } from "../../metrics/registry.ts";
import type { UncaughtKind } from "../../metrics/uncaught-errors.ts";
import type { MetricsDelta, Refusal } from "../../metrics/worker/delta.ts";
import type { BatchRecord } from "../batching/batch-record.ts";
import type { Batcher } from "../batching/batcher.ts";
import { LANES, type Lane } from "../call-options.ts";
import type { ModelIdentity } from "../runner-options.ts";
import { MethodMetrics } from "./method-metrics.ts";
import type {
  CancelStage,
  LoadedInfo,
  LossReason,
  RunnerEvents,
  ShedReason,
  WorkerPlace,
} from "./runner-events.ts";
import {
  type RunnerFamilies,
  type RunnerMetricsOptions,
  runnerFamilies,
} from "./runner-families.ts";

/**
 * The runners that show their gauges, by their names. While a model is loaded anew, there are two
 * of one name: the new one shows its own.
 */
const showing = new WeakMap<MetricsRegistry, Map<string, RunnerMetrics>>();

const LOSS_REASONS: readonly LossReason[] = ["exit", "hang", "load", "memory"];

/** The state of a runner that its gauges read. */
export interface RunnerGauges {
  /** Returns the maximum of rows in a batch of a method. */
  maxBatchSize(method: string): number;
  stats(): { readonly ready: number; readonly running: number; readonly lostThreads: number };
  /** Returns the rows that wait in a lane, or the calls for a method that is not batched. */
  queued(method: string, lane: Lane): number;
}

/** Returns the gauges of a runner with a pool and the queues of its methods. */
export function gaugesOf(
  pool: Pick<RunnerGauges, "stats">,
  batchers: ReadonlyMap<string, Pick<Batcher, "settings" | "lanes">>,
): RunnerGauges {
  return {
    maxBatchSize: (method) => batchers.get(method)?.settings.maxBatchSize ?? 1,
    stats: () => pool.stats(),
    queued: (method, lane) => batchers.get(method)?.lanes[lane].rows ?? 0,
  };
}

/** Opens the metrics of a runner; `undefined` without a registry. */
export function openMetrics(
  runner: string,
  options: RunnerMetricsOptions | undefined,
  model: ModelIdentity = {},
): Partial<RunnerEvents> | undefined {
  if (options === undefined) return undefined;
  return options.enabled
    ? new RunnerMetrics(runner, options, model)
    : new OwnMetrics(runner, options.registry);
}

/** Counts the metrics that the workers of a runner define. */
class OwnMetrics {
  readonly #runner: string;
  readonly #registry: MetricsRegistry;
  /** The worker whose gauges are exposed, by its index. */
  readonly #shown = new Map<number, WorkerPlace>();
  /** Quarantined workers, whose places others have taken. */
  readonly #replaced = new WeakSet<WorkerPlace>();

  constructor(runner: string, registry: MetricsRegistry) {
    this.#runner = runner;
    this.#registry = registry;
  }

  metricsChanged(worker: WorkerPlace, delta: MetricsDelta): readonly Refusal[] {
    const source = this.#sourceOf(worker);
    if (this.#replaced.has(worker)) return this.#registry.merge(source, withoutGauges(delta));
    const before = this.#shown.get(worker.index);
    if (before !== undefined && before !== worker) {
      this.#replaced.add(before);
      this.#registry.forget(source);
    }
    this.#shown.set(worker.index, worker);
    return this.#registry.merge(source, delta);
  }

  workerLost(worker: WorkerPlace, _reason: LossReason): void {
    this.workerClosed(worker);
  }

  workerClosed(worker: WorkerPlace): void {
    // The gauges of a worker that has been replaced were removed then.
    if (this.#shown.get(worker.index) !== worker) return;
    this.#shown.delete(worker.index);
    this.#registry.forget(this.#sourceOf(worker));
  }

  #sourceOf({ index }: WorkerPlace): string {
    return `${this.#runner}/${index}`;
  }
}

/** Counts the events of one runner as well. */
export class RunnerMetrics extends OwnMetrics implements RunnerEvents {
  readonly #runner: string;
  readonly #options: RunnerMetricsOptions;
  readonly #families: RunnerFamilies;
  readonly #methods = new Map<string, MethodMetrics>();
  /** The backends of the sessions of each worker, by its index. */
  readonly #backends = new Map<number, readonly string[]>();
  /** The backends that the gauge of the model shows; `undefined` until the runner has loaded. */
  #shownBackends: ReadonlySet<string> | undefined;
  readonly #model: ModelIdentity;
  #digest: string | undefined;
  readonly #maxBatchSizes = new Map<string, number>();

  constructor(runner: string, options: RunnerMetricsOptions, model: ModelIdentity = {}) {
    super(runner, options.registry);
    this.#runner = runner;
    this.#model = model;
    this.#options = options;
    this.#families = runnerFamilies(options);
    const { restarts, losses } = this.#families;
    restarts.inc({ runner_name: runner }, 0);
    for (const reason of LOSS_REASONS) losses.inc({ runner_name: runner, reason }, 0);
  }

  /** Exposes the gauges, once the runner has loaded, in place of those of another of its name. */
  show(methods: Iterable<string>, gauges: RunnerGauges): void {
    const { workers, lostThreads, queued } = this.#families;
    const runner_name = this.#runner;
    this.#showing.get(runner_name)?.closed();
    this.#showing.set(runner_name, this);
    this.#shownBackends = new Set();
    this.#showBackends();
    workers.setFunction({ runner_name, state: "ready" }, () => gauges.stats().ready);
    workers.setFunction({ runner_name, state: "busy" }, () => gauges.stats().running);
    lostThreads.setFunction({ runner_name }, () => gauges.stats().lostThreads);
    for (const method_name of methods) {
      this.#maxBatchSizes.set(method_name, gauges.maxBatchSize(method_name));
      for (const lane of LANES) {
        const labels = { runner_name, method_name, lane };
        queued.setFunction(labels, () => gauges.queued(method_name, lane));
      }
      this.#of(method_name);
    }
  }

  /** Removes the gauges of a runner that was closed, unless another of its name shows its own. */
  closed(): void {
    const runner_name = this.#runner;
    if (this.#showing.get(runner_name) !== this) return;
    this.#showing.delete(runner_name);
    const { workers, lostThreads, queued } = this.#families;
    for (const state of ["ready", "busy"]) workers.remove({ runner_name, state });
    lostThreads.remove({ runner_name });
    for (const [method_name, counts] of this.#methods) {
      for (const lane of LANES) queued.remove({ runner_name, method_name, lane });
      counts.hide();
    }
    this.#hideBackends();
    this.#shownBackends = undefined;
  }

  /** The runners of this registry that show their gauges. */
  get #showing(): Map<string, RunnerMetrics> {
    const { registry } = this.#options;
    const known = showing.get(registry);
    if (known !== undefined) return known;
    const made = new Map<string, RunnerMetrics>();
    showing.set(registry, made);
    return made;
  }

  called(method: string): (status: number) => void {
    return this.#of(method).called();
  }

  waited(method: string, ms: number, lane: Lane): void {
    this.#of(method).waited(ms, lane);
  }

  batchDone(method: string, record: BatchRecord): void {
    // A batch that no worker has started has the index 0.
    const [backend = "none"] = this.#backends.get(record.workerIndex || 1) ?? [];
    this.#of(method).batchDone(record, backend);
  }

  isolated(method: string): void {
    this.#families.isolated.inc({ runner_name: this.#runner, method_name: method });
  }

  shed(method: string, reason: ShedReason): void {
    this.#families.shed.inc({ runner_name: this.#runner, method_name: method, reason });
  }

  unanswered(method: string, rows: number): void {
    this.#families.unanswered.inc({ runner_name: this.#runner, method_name: method }, rows);
  }

  canceled(method: string, stage: CancelStage): void {
    this.#families.canceled.inc({ runner_name: this.#runner, method_name: method, stage });
  }

  retried(method: string): void {
    this.#families.retries.inc({ runner_name: this.#runner, method_name: method });
  }

  workerLoaded(ms: number, { index }: WorkerPlace, { backends, digest }: LoadedInfo): void {
    this.#families.load.observe({ runner_name: this.#runner }, ms / 1000);
    this.#backends.set(index, backends);
    if (digest !== this.#digest) this.#hideBackends();
    this.#digest = digest;
    this.#showBackends();
  }

  #hideBackends(): void {
    if (this.#shownBackends === undefined) return;
    for (const backend of this.#shownBackends) this.#families.model.remove(this.#labels(backend));
    this.#shownBackends = new Set();
  }

  #labels(backend: string) {
    const { name = this.#runner, version = "" } = this.#model;
    const names = { model: name, version, digest: this.#digest ?? "" };
    return { runner_name: this.#runner, backend, ...names };
  }

  /** A worker that takes the place of another may run on another backend: a GPU may be lost. */
  #showBackends(): void {
    const shown = this.#shownBackends;
    if (shown === undefined) return;
    const backends = new Set([...this.#backends.values()].flat());
    for (const backend of backends) this.#families.model.set(this.#labels(backend), 1);
    for (const backend of shown.difference(backends)) {
      this.#families.model.remove(this.#labels(backend));
    }
    this.#shownBackends = backends;
  }

  override workerLost(worker: WorkerPlace, reason: LossReason): void {
    super.workerLost(worker, reason);
    this.#families.losses.inc({ runner_name: this.#runner, reason });
  }

  workerRestarted(): void {
    this.#families.restarts.inc({ runner_name: this.#runner });
  }

  uncaught(kind: UncaughtKind): void {
    this.#families.uncaught.inc({ kind });
  }

  #of(method: string): MethodMetrics {
    const known = this.#methods.get(method);
    if (known !== undefined) return known;
    const { serviceName, serviceVersion } = this.#options;
    const names = { runner: this.#runner, method, serviceName, serviceVersion };
    const made = new MethodMetrics(
      names,
      this.#families,
      () => this.#maxBatchSizes.get(method) ?? 1,
    );
    this.#methods.set(method, made);
    return made;
  }
}

/** Returns the changes but for those of gauges, which belong to the worker in that place now. */
function withoutGauges({ definitions, changes }: MetricsDelta): MetricsDelta {
  return { definitions, changes: changes.filter(({ type }) => type !== "gauge") };
}
