/**
 * WorkerMetrics: the metrics of a worker. They are counted in its thread, and told to the main
 * thread as deltas, which count there: a worker that dies takes nothing with it but what it had not
 * told yet, and nothing is counted twice.
 * @module
 */

import { Metrics, type MetricsSettings } from "../metrics.ts";
import type { Definition } from "../types/definition.ts";
import type { AnyFamily, Polled } from "../types/family.ts";
import { isPerWorker } from "./aggregate.ts";
import type { MetricsDelta } from "./delta.ts";

/** What a worker's metrics are made with. */
export interface WorkerMetricsOptions extends MetricsSettings {
  /**
   * Called at the first change after a delta was taken, and not again until the next is: the time
   * to plan one. A gauge's function is asked when a delta is taken, and calls nothing.
   */
  readonly onChange?: () => void;
  /** Told of what went wrong, in a sentence. */
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
  /** Whether the next change is to be announced. */
  #awaited = true;

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

  /** What has changed since the last time; `undefined` if nothing. It can be posted. */
  takeDelta(): MetricsDelta | undefined {
    // No announcement of what this delta takes along.
    this.#awaited = false;
    for (const each of this.#polled) each.poll();
    this.#awaited = true;
    const definitions = this.#definitions;
    const changed = this.#changed;
    if (definitions.length === 0 && changed.length === 0) return undefined;
    this.#definitions = [];
    this.#changed = [];
    const changes = changed.flatMap((name) => this.families.get(name)?.takeChanges() ?? []);
    return { definitions, changes };
  }

  /**
   * Removes metrics that the main thread refused because it has other definitions. They can be
   * defined again.
   */
  withdraw(names: readonly string[]): void {
    for (const name of names) this.remove(name);
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
    if (!this.#awaited) return;
    this.#awaited = false;
    this.#onChange();
  }
}
