/**
 * ModelCache: the cache of the answers of one version of a model.
 * @module
 */

import { CacheMetrics } from "../cache/cache-metrics.ts";
import { type CachedAnswer, CachedCalls } from "../cache/cached-calls.ts";
import { copied } from "../cache/copy.ts";
import { inputKey } from "../cache/input-key.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { CallOptions } from "../runner/call-options.ts";
import type { RunnerMetricsOptions } from "../runner/metrics/runner-families.ts";
import { checkModel, type UsedModel } from "../runner/used-model.ts";
import type { StatisticsCounter } from "../service/model-statistics.ts";
import type { NamedTensors } from "../service/models.ts";
import type { CacheSettings } from "./model-settings.ts";

/** The model whose answers are kept. */
export interface CachedModel {
  readonly name: string;
  readonly version: string;
  /** The digest of the model that runs now. */
  readonly digest: string | undefined;
  readonly statistics: StatisticsCounter;
}

/** Outputs, and the model that computed them. */
interface ModelAnswer {
  readonly outputs: NamedTensors;
  /** Undefined for a model without a digest. */
  readonly model: UsedModel | undefined;
}

/** The cache of one version. */
export class ModelCache {
  readonly #model: CachedModel;
  readonly #settings: CacheSettings;
  readonly #clock: Clock;
  readonly #calls: CachedCalls<ModelAnswer>;
  #metrics: CacheMetrics | undefined;

  constructor(model: CachedModel, settings: CacheSettings, clock: Clock = systemClock) {
    this.#model = model;
    this.#settings = settings;
    this.#clock = clock;
    this.#calls = new CachedCalls({
      bounds: settings,
      clock,
      copy: (answer) => {
        const copy = copied(answer.outputs);
        return copy && { value: { ...answer, outputs: copy.value }, bytes: copy.bytes };
      },
      // A worker may have been replaced by one that has loaded a newer file.
      isCurrent: (answer) => answer.model?.digest === model.digest,
    });
  }

  /** Exposes its metrics. */
  show(metrics: RunnerMetricsOptions | undefined): void {
    if (metrics?.enabled !== true) return;
    const { name, version } = this.#model;
    const names = { kind: "model", name, version } as const;
    this.#metrics = new CacheMetrics(metrics.registry, names, this.#calls.cache);
  }

  /** Frees its memory. */
  close(): void {
    this.#calls.cache.clear();
    this.#metrics?.close();
  }

  /**
   * Answers a call from the cache, by a computation that is under way, or by one of its own.
   *
   * @param run runs the model within the limits of all callers that wait for it
   * @throws ServiceError `model_mismatch` if the caller does not accept the model; what `run`
   *   throws
   */
  async run(
    inputs: NamedTensors,
    outputs: readonly string[] | undefined,
    call: CallOptions,
    run: (call: CallOptions) => Promise<NamedTensors>,
  ): Promise<NamedTensors> {
    const startedAt = this.#clock.now();
    const { statistics } = this.#model;
    checkModel(call.ifModel, this.#model);
    const key = inputKey([canonical(inputs), outputs], this.#settings.maxBytes);
    if (key === undefined) return await run(call);
    const found = this.#calls.find(key);
    if (found !== undefined) {
      this.#found(found, startedAt);
      return this.#answer(found, call);
    }
    const lookedUpMs = this.#clock.now() - startedAt;
    const { lane = "interactive" } = call;
    const made = await this.#calls.compute(key, lane, call, async (limits) => {
      let model: UsedModel | undefined;
      const onModel = (used: UsedModel): void => {
        model = used;
      };
      const { caller, answerMs, onCall, onRun } = call;
      const own = { lane, caller, answerMs, onCall, onRun, onModel };
      const { signal, deadlineAt } = limits;
      return { outputs: await run({ ...own, signal, deadlineAt }), model };
    });
    if (made.outcome === "miss") {
      this.#metrics?.count("miss");
      statistics.cacheMiss(lookedUpMs);
    } else this.#found(made, startedAt);
    return this.#answer(made, call);
  }

  #found({ outcome }: CachedAnswer<ModelAnswer>, startedAt: number): void {
    const ms = this.#clock.now() - startedAt;
    this.#metrics?.count(outcome);
    this.#model.statistics.cacheHit(ms);
    this.#model.statistics.succeeded(ms, []);
  }

  #answer({ value, ageMs }: CachedAnswer<ModelAnswer>, call: CallOptions): NamedTensors {
    if (value.model !== undefined) {
      checkModel(call.ifModel, value.model);
      call.onModel?.(value.model);
    }
    call.onCached?.({ of: "model", ageMs, maxAgeMs: this.#settings.maxAgeMs, isShared: true });
    return value.outputs;
  }
}

/** Returns the inputs in the order of their names. */
function canonical(inputs: NamedTensors): unknown {
  return Object.keys(inputs)
    .sort()
    .map((name) => {
      const { dtype, shape, data } = inputs[name] as NamedTensors[string];
      return [name, dtype, shape, data];
    });
}
