/**
 * MethodMetrics: the series of one method of a runner, looked up once.
 * @module
 */

import type { Counter } from "../../metrics/types/counter.ts";
import type { Gauge } from "../../metrics/types/gauge.ts";
import type { Histogram } from "../../metrics/types/histogram.ts";
import type { BatchRecord } from "../batching/batch-record.ts";
import type { Lane } from "../call-options.ts";
import { type RunnerFamilies, sizeBuckets } from "./runner-families.ts";

/** The labels of the series. */
export interface MethodNames {
  readonly runner: string;
  readonly method: string;
  readonly serviceName: string;
  readonly serviceVersion: string;
}

/** The series of one HTTP status. */
interface StatusSeries {
  readonly total: Counter;
  readonly duration: Histogram;
}

/** The series of a method whose rows have weights. */
interface UnitSeries {
  readonly size: Histogram;
  readonly real: Counter;
  readonly padding: Counter;
}

/** Counts the calls and batches of one method. */
export class MethodMetrics {
  readonly #names: MethodNames;
  readonly #families: RunnerFamilies;
  readonly #inProgress: Gauge;
  // Looked up at first use, since not every method is batched.
  readonly #waits: Partial<Record<Lane, Histogram>> = {};
  #rows: Histogram | undefined;
  #units: UnitSeries | undefined;
  readonly #byStatus = new Map<number, StatusSeries>();
  readonly #batches = new Map<string, Counter>();
  readonly #sizes = new Map<number, Histogram>();
  readonly #runs = new Map<string, Histogram>();

  readonly #maxBatchSize: () => number;

  /** @param maxBatchSize returns the maximum of rows in a batch */
  constructor(names: MethodNames, families: RunnerFamilies, maxBatchSize: () => number) {
    this.#names = names;
    this.#maxBatchSize = maxBatchSize;
    this.#families = families;
    this.#inProgress = families.inProgress.labels(this.#request);
  }

  called(): (status: number) => void {
    const startedAt = performance.now();
    this.#inProgress.inc();
    return (status) => {
      this.#inProgress.dec();
      const { total, duration } = this.#ofStatus(status);
      total.inc();
      duration.observe((performance.now() - startedAt) / 1000);
    };
  }

  /** Removes its gauge. */
  hide(): void {
    this.#families.inProgress.remove(this.#request);
  }

  waited(ms: number, lane: Lane): void {
    this.#waits[lane] ??= this.#families.wait.labels({ ...this.#method, lane });
    this.#waits[lane].observe(ms / 1000);
  }

  batchDone(record: BatchRecord, backend: string): void {
    const { rows, units, netUnits, requests, runMs, reason, workerIndex } = record;
    this.#rows ??= this.#families.rows.labels(this.#method, this.#ownSizes);
    this.#rows.observe(rows);
    if (netUnits !== undefined) this.#addUnits(units, netUnits);
    this.#runOn(backend).observe(runMs / 1000);
    this.#ofReason(reason).inc();
    // As BentoML does: the number of requests in the batch, not of their rows.
    this.#ofWorker(workerIndex).observe(requests);
  }

  #addUnits(units: number, netUnits: number): void {
    const { units: size, unitsTotal } = this.#families;
    this.#units ??= {
      size: size.labels(this.#method),
      real: unitsTotal.labels({ ...this.#method, kind: "real" }),
      padding: unitsTotal.labels({ ...this.#method, kind: "padding" }),
    };
    this.#units.size.observe(units);
    this.#units.real.inc(netUnits);
    // The mean weight of a call's rows is rounded, so that the difference may be below 0.
    this.#units.padding.inc(Math.max(0, units - netUnits));
  }

  #runOn(backend: string): Histogram {
    let run = this.#runs.get(backend);
    if (run === undefined) {
      run = this.#families.run.labels({ ...this.#method, backend });
      this.#runs.set(backend, run);
    }
    return run;
  }

  /** The bounds of batch sizes, which end at the method's limit. */
  get #ownSizes() {
    return { buckets: sizeBuckets(this.#maxBatchSize()) };
  }

  /** BentoML's labels of a call. The endpoint is its path in BentoML's runner server. */
  get #request() {
    const { runner, method, serviceName, serviceVersion } = this.#names;
    return {
      endpoint: method === "__call__" ? "/" : `/${method}`,
      service_name: serviceName,
      service_version: serviceVersion,
      runner_name: runner,
    };
  }

  get #method() {
    return { runner_name: this.#names.runner, method_name: this.#names.method };
  }

  #ofStatus(status: number): StatusSeries {
    const known = this.#byStatus.get(status);
    if (known !== undefined) return known;
    const labels = { ...this.#request, http_response_code: status };
    const { total, duration } = this.#families;
    const made = { total: total.labels(labels), duration: duration.labels(labels) };
    this.#byStatus.set(status, made);
    return made;
  }

  #ofReason(reason: string): Counter {
    const made =
      this.#batches.get(reason) ?? this.#families.batches.labels({ ...this.#method, reason });
    this.#batches.set(reason, made);
    return made;
  }

  #ofWorker(workerIndex: number): Histogram {
    const { serviceName, serviceVersion } = this.#names;
    const made =
      this.#sizes.get(workerIndex) ??
      this.#families.batchSize.labels(
        {
          ...this.#method,
          worker_index: workerIndex,
          service_name: serviceName,
          service_version: serviceVersion,
        },
        this.#ownSizes,
      );
    this.#sizes.set(workerIndex, made);
    return made;
  }
}
