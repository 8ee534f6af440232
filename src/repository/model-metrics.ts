/**
 * ModelMetrics: the metrics of the models of a repository.
 * @module
 */

import type { MetricsRegistry } from "../metrics/registry.ts";
import { exponentialBuckets } from "../metrics/types/buckets.ts";
import type { CounterOf } from "../metrics/types/counter.ts";
import type { GaugeOf } from "../metrics/types/gauge.ts";
import type { HistogramOf } from "../metrics/types/histogram.ts";

/** The states by which models are counted. */
const MODEL_STATES = ["ready", "loading", "unloaded", "unavailable"] as const;

/** The state of a model: in `unloaded`, another model has its place, or it was unloaded. */
export type CountedState = (typeof MODEL_STATES)[number];

/** Counts loads, and shows what is loaded. */
export class ModelMetrics {
  readonly #models: GaugeOf<"state">;
  readonly #ready: GaugeOf<"model" | "version">;
  readonly #loads: CounterOf<"model" | "version" | "result">;
  readonly #duration: HistogramOf<"model">;
  readonly #evictions: CounterOf<"model">;

  constructor(registry: MetricsRegistry) {
    this.#models = registry.gauge("ekiben_models", {
      help: "Models of the repository, by state",
      labels: ["state"],
    });
    this.#ready = registry.gauge("ekiben_model_ready", {
      help: "1 for a version of a model that takes calls, 0 for one whose workers have failed",
      labels: ["model", "version"],
    });
    this.#loads = registry.counter("ekiben_model_loads_total", {
      help: "Loads of versions of models, by result: success or failure",
      labels: ["model", "version", "result"],
    });
    this.#duration = registry.histogram("ekiben_model_load_duration_seconds", {
      help: "Time to load a version of a model, from its turn until it was warm, in seconds",
      labels: ["model"],
      buckets: exponentialBuckets(0.05, 2, 60),
    });
    this.#evictions = registry.counter("ekiben_model_evictions_total", {
      help: "Models that were unloaded to make room for others",
      labels: ["model"],
    });
  }

  /** Shows the number of models in each state. */
  show(count: (state: CountedState) => number): void {
    for (const state of MODEL_STATES) this.#models.setFunction({ state }, () => count(state));
  }

  /** Removes what `show()` shows. */
  hide(): void {
    for (const state of MODEL_STATES) this.#models.remove({ state });
  }

  /** Shows whether a version takes calls, as long as it is loaded. */
  opened(model: string, version: string, isReady: () => boolean): void {
    this.#ready.setFunction({ model, version }, () => Number(isReady()));
  }

  /** Removes what `opened()` shows. */
  closed(model: string, version: string): void {
    this.#ready.remove({ model, version });
  }

  loaded(model: string, version: string, ms: number): void {
    this.#loads.inc({ model, version, result: "success" });
    this.#duration.observe({ model }, ms / 1000);
  }

  failed(model: string, version: string): void {
    this.#loads.inc({ model, version, result: "failure" });
  }

  evicted(model: string): void {
    this.#evictions.inc({ model });
  }
}
