/**
 * WorkerMetrics: the metrics of a worker. They are counted in its thread, and reported to the main
 * thread as deltas, which are added up there: a worker that dies loses only what it had not
 * reported yet, and nothing is counted twice.
 * @module
 */

import { Metrics, type MetricsSettings } from "../metrics.ts";
import type { Definition } from "../types/definition.ts";
import type { AnyFamily, Polled } from "../types/family.ts";
import { isPerWorker } from "./aggregate.ts";
import type { MetricsDelta } from "./delta.ts";

/** The options of a worker's metrics. */
export interface WorkerMetricsOptions extends MetricsSettings {
  /**
   * Called at the first change after a delta was taken: the next one is due. It is not called for
   * gauges with a function, which are read when a delta is taken.
   */
  readonly onChange?: () => void;
  /** Receives warnings, each a sentence. */
  readonly warn?: (text: string) => void;
}

/** Makes the metrics of a worker. */
export function workerMetrics(options: WorkerMetricsOptions = {}): WorkerMetrics {
  return new WorkerMetrics(options);
}

/** See `workerMetrics()`. */
export class WorkerMetrics extends Metrics {
  readonly #onChange: () => void;
  readonly #polled: ReadonlySet<Polled>;
  #definitions: Definition[] = [];
  /** The names of the metrics that have changed. */
  #changed: string[] = [];
  /** True if the next change is announced. */
  #announcesNext = true;

  constructor({ onChange, warn, ...options }: WorkerMetricsOptions) {
    const polled = new Set<Polled>();
    super(options, {
      warn: (text) => warn?.(text),
      nativeHistograms: { enabled: true },
      polled,
      onChange: (name) => {
        this.#changed.push(name);
        this.#announce();
      },
    });
    this.#polled = polled;
    this.#onChange = () => onChange?.();
  }

  /** Returns the changes since the last time, to be posted; `undefined` if there are none. */
  takeDelta(): MetricsDelta | undefined {
    // This delta includes what changes in poll(): there is nothing to announce.
    this.#announcesNext = false;
    for (const each of this.#polled) each.poll();
    this.#announcesNext = true;
    const definitions = this.#definitions;
    const changed = this.#changed;
    if (definitions.length === 0 && changed.length === 0) return undefined;
    this.#definitions = [];
    this.#changed = [];
    const changes = changed.flatMap((name) => this.families.get(name)?.takeChanges() ?? []);
    return { definitions, changes };
  }

  /**
   * Removes metrics that the main thread refused, since it has other definitions of their names.
   * They can be defined again.
   */
  withdraw(names: readonly string[]): void {
    for (const name of names) this.undefine(name);
  }

  protected override define(definition: Definition): AnyFamily {
    const { name, type, labels } = definition;
    if (type === "gauge" && isPerWorker(definition.aggregate) && labels.includes("worker")) {
      throw new TypeError(
        `Cannot define gauge "${name}" with a label "worker" and aggregate ` +
          `"${definition.aggregate}", which adds that label: choose another aggregate or label`,
      );
    }
    const isNew = !this.families.has(name);
    const family = super.define(definition);
    if (isNew) {
      this.#definitions.push(definition);
      this.#announce();
    }
    return family;
  }

  #announce(): void {
    if (!this.#announcesNext) return;
    this.#announcesNext = false;
    this.#onChange();
  }
}
