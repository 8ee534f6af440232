/**
 * ModelVersions: the versions of one model: those that start, those that take calls, and those
 * whose last calls are awaited.
 * @module
 */

import type { Clock } from "../clock.ts";
import { messageOf, ServiceError } from "../error.ts";
import { repositoryLog as log } from "../log.ts";
import { StatisticsCounter } from "../service/model-statistics.ts";
import { reportSlowLoad } from "../slow-load.ts";
import { Leases } from "./leases.ts";
import type { LoadGate } from "./load-gate.ts";
import type { ModelMetrics } from "./model-metrics.ts";
import type { ModelPlan, PlannedVersion } from "./model-plan.ts";
import type { FoundModel } from "./model-settings.ts";
import { type LiveVersion, RememberedSet, type RunningVersion, ServedSet } from "./served-set.ts";

/** What versions need of their repository. */
export interface VersionsContext {
  readonly clock: Clock;
  readonly gate: LoadGate;
  readonly metrics: ModelMetrics | undefined;
  /** The longest wait for the calls of a version that is replaced or unloaded, in milliseconds. */
  readonly drainMs: number;
  /**
   * Makes a version, which has not been started.
   *
   * @param isOnly true if it is the only one of its model
   */
  open(
    model: FoundModel,
    planned: PlannedVersion,
    isOnly: boolean,
    statistics: StatisticsCounter,
  ): RunningVersion;
  /** Called when nobody uses a version any more. */
  idle(): void;
}

/** The versions of one model. */
export class ModelVersions {
  /** The reasons why versions could not be loaded; with the key "" those of the whole model. */
  readonly failures: Map<string, string> = new Map();
  readonly #name: string;
  readonly #context: VersionsContext;
  readonly #starting = new Set<LiveVersion>();
  readonly #ending = new Map<LiveVersion, Promise<void>>();
  /** The statistics, which go on when a version is loaded again. */
  readonly #statistics = new Map<string, StatisticsCounter>();
  #served: ServedSet | undefined;
  #remembered: RememberedSet | undefined;
  #isClosed = false;

  constructor(name: string, context: VersionsContext) {
    this.#name = name;
    this.#context = context;
  }

  /** The versions that take calls; undefined if none does. */
  get served(): ServedSet | undefined {
    return this.#served;
  }

  /** What is known of the versions since they took calls for the last time. */
  get remembered(): RememberedSet | undefined {
    return this.#remembered;
  }

  /** The versions that are being started. */
  get starting(): readonly string[] {
    return [...this.#starting].map(({ version }) => version.version);
  }

  /** The versions whose last calls are awaited. */
  get ending(): readonly string[] {
    return [...this.#ending.keys()].map(({ version }) => version.version);
  }

  /** Returns what a version has done so far. */
  statisticsOf(version: string): StatisticsCounter {
    const statistics = this.#statistics.get(version) ?? new StatisticsCounter();
    this.#statistics.set(version, statistics);
    return statistics;
  }

  /** Waits until the versions that have been replaced are closed. */
  async ended(): Promise<void> {
    await Promise.all(this.#ending.values());
  }

  /**
   * Starts the versions that are new, then lets them take the calls. If one of them fails, those
   * that served go on; if none did, the others serve.
   *
   * @returns the error of one that failed while the others serve
   * @throws Error of one that failed
   */
  async switchTo({ model, served }: ModelPlan): Promise<unknown> {
    const old = this.#served?.live ?? [];
    const starts = await Promise.allSettled(
      served.map((each) => this.#keptOrStarted(model, each, served.length === 1)),
    );
    const live = starts.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const failure = starts.find((each) => each.status === "rejected");
    const isLost = failure !== undefined && (old.length > 0 || live.length === 0);
    if (this.#isClosed || isLost) {
      const started = live.filter((each) => !old.includes(each));
      await Promise.all(started.map((each) => each.version.close()));
      throw failure?.reason ?? this.#shutDown();
    }
    this.#served = new ServedSet(model.settings, live);
    this.#remembered = new RememberedSet(this.#served);
    for (const { version } of live) {
      this.#context.metrics?.opened(this.#name, version.version, () => version.ready);
    }
    for (const each of old) if (!live.includes(each)) this.#end(each);
    this.#forgetStatistics(model);
    return failure?.reason;
  }

  /** Takes no more calls, and waits until the versions are closed. */
  async end(): Promise<void> {
    const live = this.#served?.live ?? [];
    this.#served = undefined;
    for (const each of live) this.#end(each);
    await this.ended();
  }

  /** Forgets the metadata of the versions. */
  forget(): void {
    this.#remembered = undefined;
  }

  /** Closes everything now. @param graceMs how long to wait for workers that cannot be stopped */
  async close(graceMs?: number): Promise<void> {
    this.#isClosed = true;
    const live = [...this.#starting, ...(this.#served?.live ?? []), ...this.#ending.keys()];
    this.#served = undefined;
    await Promise.all(live.map((each) => this.#close(each, graceMs)));
  }

  async #keptOrStarted(
    model: FoundModel,
    planned: PlannedVersion,
    isOnly: boolean,
  ): Promise<LiveVersion> {
    const same = this.#served?.of(planned.found.version);
    if (same?.fingerprint === planned.fingerprint && same.version.ready) return same;
    return await this.#context.gate.run(() => this.#start(model, planned, isOnly));
  }

  async #start(model: FoundModel, planned: PlannedVersion, isOnly: boolean): Promise<LiveVersion> {
    const { clock, metrics, open, idle } = this.#context;
    const { version } = planned.found;
    if (this.#isClosed) throw this.#shutDown();
    const startedAt = clock.now();
    try {
      const opened = open(model, planned, isOnly, this.statisticsOf(version));
      const live = {
        version: opened,
        leases: new Leases(idle),
        fingerprint: planned.fingerprint,
      };
      this.#starting.add(live);
      try {
        const tag = `${this.#name}:${version}`;
        await reportSlowLoad("Model", tag, () => opened.start(), clock);
      } catch (error) {
        await opened.close(); // its workers may have started
        throw error;
      } finally {
        this.#starting.delete(live);
      }
      metrics?.loaded(this.#name, version, clock.now() - startedAt);
      return live;
    } catch (error) {
      metrics?.failed(this.#name, version);
      this.failures.set(version, messageOf(error));
      throw error;
    }
  }

  /** Closes a version that takes no more calls, when those under way have ended. */
  #end(live: LiveVersion): void {
    const { clock, drainMs } = this.#context;
    const ended = live.leases.drained(drainMs, clock).then(async (isIdle) => {
      if (!isIdle) {
        log.warn("Model {name}: version {version} is closed with {count} calls under way", {
          name: this.#name,
          version: live.version.version,
          count: live.leases.count,
        });
      }
      await this.#close(live);
      this.#ending.delete(live);
    });
    this.#ending.set(live, ended);
  }

  async #close({ version }: LiveVersion, graceMs?: number): Promise<void> {
    const name = version.version;
    // The gauge may be that of a newer one already, of the same version.
    if (this.#served?.of(name) === undefined) this.#context.metrics?.closed(this.#name, name);
    try {
      await version.close(graceMs);
    } catch (error) {
      log.error("Model {name} could not be closed: {error}", { name: this.#name, error });
    }
  }

  /** Drops the statistics of versions that do not exist any more. */
  #forgetStatistics({ versions }: FoundModel): void {
    for (const version of this.#statistics.keys()) {
      if (!versions.some((each) => each.version === version)) this.#statistics.delete(version);
    }
  }

  #shutDown(): ServiceError {
    return new ServiceError("unavailable", `Model "${this.#name}" is not loaded: it shuts down`);
  }
}
