/**
 * RepositoryRun: one run of a repository, from its start to its close: its models, and what they
 * share.
 * @module
 */

import { host as ownHost } from "#host";
import type { Clock } from "../clock.ts";
import { invalidArgument, messageOf, ServiceError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { quote } from "../io/wording.ts";
import { repositoryLog as log } from "../log.ts";
import type { StartDefaults } from "../runner/runner-options.ts";
import type { StatisticsCounter } from "../service/model-statistics.ts";
import { type LoadParameters, unknownModel } from "../service/models.ts";
import { type Signatures, Watcher, type WatchTimes } from "../watcher.ts";
import { Demands } from "./demand.ts";
import { LoadGate } from "./load-gate.ts";
import { LoadedVersion } from "./loaded-version.ts";
import { modelFiles } from "./model-files.ts";
import { type LifeContext, ModelLife } from "./model-life.ts";
import { type CountedState, ModelMetrics } from "./model-metrics.ts";
import { type PlannedVersion, stampedText } from "./model-plan.ts";
import type { FoundModel } from "./model-settings.ts";
import type { RepositoryOptions } from "./repository-options.ts";
import { Room } from "./room.ts";
import { RunnerNames } from "./runner-name.ts";
import type { RunningVersion } from "./served-set.ts";

/** The longest wait for calls under way, in milliseconds. */
const DRAIN_MS = 30_000;
/** The most calls that wait for loads. */
const MAX_WAITING_CALLS = 1_000;
/** The most loads at once, on machines with many cores. */
const MAX_LOADS = 4;
/** The names of models that callers may add. */
const SENT_NAME = /^[\w][\w.-]{0,127}$/;

/** The models of a repository while it runs. */
export class RepositoryRun {
  readonly lives: Map<string, ModelLife> = new Map();
  readonly demands: Demands;
  readonly #options: RepositoryOptions;
  readonly #host: Host | undefined;
  readonly #defaults: StartDefaults;
  readonly #context: LifeContext;
  readonly #names = new RunnerNames();
  /** The models that the catalog did not have: a caller has sent their files. */
  readonly #sent = new Set<string>();
  readonly #clock: Clock;
  #stopWatching: () => void = () => {};
  #isClosed = false;

  /** @param changed called when readiness may have changed */
  constructor(
    options: RepositoryOptions,
    host: Host | undefined,
    defaults: StartDefaults = {},
    changed: () => void = () => {},
  ) {
    this.#options = options;
    this.#host = host;
    this.#defaults = defaults;
    const { clock, cores } = host ?? ownHost;
    this.#clock = clock;
    const { catalog, files = modelFiles, maxModels = Number.POSITIVE_INFINITY } = options;
    const room = new Room(maxModels, this.#clock);
    const metrics = defaults.metricsOf?.("models");
    this.demands = new Demands(options.maxWaitingCalls ?? MAX_WAITING_CALLS, this.#clock);
    this.#context = {
      ...{ catalog, files, room, clock: this.#clock, changed },
      gate: new LoadGate(options.loadsAtOnce ?? Math.min(MAX_LOADS, cores)),
      metrics: metrics?.enabled ? new ModelMetrics(metrics.registry) : undefined,
      drainMs: options.drainMs ?? DRAIN_MS,
      open: (...of) => this.#open(...of, changed),
      idle: () => room.changed(),
    };
  }

  /**
   * Loads the models of the catalog: as many as there is room for, in its order.
   *
   * @throws Error if the catalog cannot be read, or if its models are required and one fails
   */
  async start(): Promise<void> {
    const models = await this.#options.catalog.list();
    const taken = await this.#signaturesOf(models);
    for (const model of models) {
      this.#add(model.name).listed(model);
    }
    this.#context.metrics?.show((state) => this.#count(state));
    const waiting = [...this.lives.values()].filter(({ failure }) => failure === undefined);
    const { maxModels = waiting.length, required = false } = this.#options;
    const places = Math.min(maxModels, waiting.length);
    // Each of these fills one place, with the first of the models left that can be loaded.
    const fill = async (): Promise<void> => {
      for (let life = waiting.shift(); life !== undefined; life = waiting.shift()) {
        try {
          return await life.load();
        } catch (error) {
          if (required || this.#isClosed) throw error;
          if (life.isServed) return;
        }
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: places }, fill));
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    for (const { name, failure } of this.lives.values()) {
      if (failure !== undefined)
        log.error("Model {name} cannot be loaded: {failure}", { name, failure });
    }
    const { watch = false } = this.#options;
    if (watch !== false) this.#watch(taken, watch === true ? {} : watch);
  }

  /** Ends everything. @param graceMs how long to wait for workers that cannot be stopped */
  async close(graceMs?: number): Promise<void> {
    this.#isClosed = true;
    const { gate, room, metrics } = this.#context;
    const error = new ServiceError("unavailable", "The models are shutting down");
    this.#stopWatching();
    gate.close(error);
    room.close(error);
    await Promise.all([...this.lives.values()].map((life) => life.close(graceMs)));
    metrics?.hide();
  }

  /** Returns a model that is known. @throws ServiceError `not_found` */
  of(name: string): ModelLife {
    const life = this.lives.get(name);
    if (life === undefined) throw unknownModel(name);
    return life;
  }

  /**
   * Returns a model that is known, or that the catalog has by now, or a new one whose files a
   * caller sends.
   *
   * @throws ServiceError `not_found`; `invalid_argument` for the name of a new one; Error for
   *   settings that are not valid
   */
  async found(name: string, { config, files }: LoadParameters): Promise<ModelLife> {
    const known = this.lives.get(name);
    if (known !== undefined) return known;
    const { catalog } = this.#options;
    if ((await catalog.find(name, config)) === undefined) {
      if (files === undefined || catalog.settingsOfNew === undefined) throw unknownModel(name);
      if (!SENT_NAME.test(name)) {
        throw invalidArgument(
          `A new model may have a name of 1 to 128 of A-Z, a-z, 0-9, "_", "-" and ".", but not ` +
            quote(name),
        );
      }
      this.#sent.add(name);
    }
    return this.lives.get(name) ?? this.#add(name);
  }

  /** Forgets a model whose files a caller has sent, when it is not loaded any more. */
  forgetSent(name: string): void {
    const life = this.lives.get(name);
    if (life === undefined || life.isServed || life.isBusy || !this.#sent.delete(name)) return;
    this.lives.delete(name);
    this.#names.forget(name);
    this.#context.changed();
  }

  #add(name: string): ModelLife {
    const life = new ModelLife(name, this.#context);
    this.lives.set(name, life);
    return life;
  }

  #open(
    model: FoundModel,
    { found }: PlannedVersion,
    isOnly: boolean,
    statistics: StatisticsCounter,
    changed: () => void,
  ): RunningVersion {
    const { name } = model;
    const base = this.#names.of(name);
    const isAlone = isOnly && this.lives.size === 1;
    const settings = isAlone ? model.settings : { workers: 1, ...model.settings };
    const { settingsOf } = this.#defaults;
    const version = new LoadedVersion({
      ...{ name, found, settings, statistics },
      runner: isOnly ? base : this.#names.of(name, found.version),
      batching: this.#options.batchingOf(base),
      host: this.#host,
      trials: this.#options.trials,
      // All versions have the settings of the model's name.
      defaults: { ...this.#defaults, settingsOf: settingsOf && (() => settingsOf(base)) },
    });
    version.onReadyChange(changed);
    return version;
  }

  #count(state: CountedState): number {
    const stateOf = (life: ModelLife): CountedState => {
      if (life.isServed) return "ready";
      if (life.isLoading) return "loading";
      return life.failure === undefined ? "unloaded" : "unavailable";
    };
    return [...this.lives.values()].filter((life) => stateOf(life) === state).length;
  }

  #watch(taken: Signatures, times: WatchTimes): void {
    const { catalog, files = modelFiles } = this.#options;
    const { place } = catalog;
    const watcher = new Watcher(
      {
        ...{ ...times, clock: this.#clock },
        look: async () => this.#signaturesOf(await catalog.list()),
        take: (name, isRemoved) => void (isRemoved ? this.#removed(name) : this.#changed(name)),
        report: (problem) =>
          log.warn("Cannot look for changes in {place}: {problem}", { place, problem }),
      },
      taken,
    );
    const unwatch = files.watch(place, () => watcher.poke());
    this.#stopWatching = () => {
      unwatch();
      watcher.close();
    };
  }

  async #changed(name: string): Promise<void> {
    const life = this.lives.get(name) ?? this.#add(name);
    try {
      if (life.isOnDemand) {
        await life.note();
        log.info("Model {name} is new or has changed: its next call loads it", { name });
      } else {
        await life.load();
        log.info("Model {name} has been loaded, since it is new or has changed", { name });
      }
    } catch (error) {
      if (this.#isClosed) return;
      const reason = life.failure ?? messageOf(error);
      log.error("Model {name} has changed, but cannot be loaded: {reason}", { name, reason });
    }
  }

  async #removed(name: string): Promise<void> {
    const life = this.lives.get(name);
    if (life === undefined) return;
    await life.unload().catch(() => {});
    // Unless it has been added again meanwhile.
    if (life.isBusy || life.isServed || this.#isClosed) return;
    this.lives.delete(name);
    this.#names.forget(name);
    this.#context.changed();
    log.info("Model {name} has been unloaded, since it is gone", { name });
  }

  async #signaturesOf(
    models: Awaited<ReturnType<RepositoryOptions["catalog"]["list"]>>,
  ): Promise<Signatures> {
    const { files = modelFiles } = this.#options;
    const all = models.map(async (model) => [model.name, await stampedText(model, files)] as const);
    return new Map(await Promise.all(all));
  }
}
