/**
 * MetricsRegistry: the metrics of the main thread, with those of its workers and of prom-client,
 * exposed together.
 * @module
 */

import { hasProcessMetrics, measureSoon, processMetrics } from "#process-metrics";
import { messageOf } from "../error.ts";
import type { Format } from "./exposition/format.ts";
import { sampleValue } from "./exposition/lookup.ts";
import { negotiate } from "./exposition/negotiate.ts";
import { openMetrics } from "./exposition/openmetrics.ts";
import { afterOtherWork, sliced } from "./exposition/sliced.ts";
import type { FamilySnapshot } from "./exposition/snapshot.ts";
import { text } from "./exposition/text.ts";
import { type PromRegistry, readRegistry } from "./included.ts";
import { Metrics, type MetricsSettings } from "./metrics.ts";
import { type Definition, requireSame } from "./types/definition.ts";
import type { LabelValue } from "./types/labels.ts";
import { takenNames } from "./types/name.ts";
import { Warnings } from "./warnings.ts";
import type { FamilyChange, MetricsDelta, Refusal } from "./worker/delta.ts";

/** The options of `metrics()`. */
export interface MetricsOptions extends MetricsSettings {
  /** Registries of prom-client to expose as well. */
  readonly include?: readonly PromRegistry[];
  /**
   * Measures the process too: memory, CPU, event loop. Default: true where there is a process, so
   * not in workerd nor in a browser.
   */
  readonly processMetrics?: boolean;
  /**
   * Exposes native histograms to scrapes that ask for protobuf. Default true.
   */
  readonly nativeHistograms?: boolean;
  /** Receives warnings, each a sentence. Default: they are kept until `listen()`. */
  readonly warn?: (text: string) => void;
  /** Lets other work run during a scrape. Default: a timer of 0 ms. */
  readonly pause?: () => Promise<void>;
}

/** An answer to a scrape. */
export interface Exposition {
  /** The value of the header Content-Type. */
  readonly contentType: string;
  /** The text or messages, made as they are read. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * Creates a registry, in which a service defines its metrics.
 *
 * @example
 * const measured = metrics();
 * const predicted = measured.counter("digits_predicted_total", {
 *   help: "Digits predicted, by digit",
 *   labels: ["digit"],
 * });
 * predicted.inc({ digit: "3" });
 */
export function metrics(options: MetricsOptions = {}): MetricsRegistry {
  return new MetricsRegistry(options);
}

/** The metrics of a service. Create it with `metrics()`. */
export class MetricsRegistry extends Metrics {
  readonly #options: MetricsOptions;
  readonly #warnings: Warnings;
  /** The metrics that are not counted, by the worker that defined them. */
  readonly #refused = new Map<string, Set<string>>();

  constructor(options: MetricsOptions) {
    const warnings = new Warnings();
    const nativeHistograms = { enabled: options.nativeHistograms ?? true };
    super(options, { warn: (text) => warnings.warn(text), nativeHistograms });
    this.#options = options;
    this.#warnings = warnings;
    if (options.warn !== undefined) warnings.listen(options.warn);
  }

  /**
   * Passes warnings to a function: those so far, and those to come. Without effect if there is such
   * a function already, for example the option `warn`.
   */
  listen(warn: (text: string) => void): void {
    this.#warnings.listen(warn);
  }

  /**
   * Begins to measure the process soon, unless that is off. The code for it is not loaded before
   * the first calls, which it would hold up, nor at the first scrape, which would have means of
   * nothing.
   *
   * @throws Error if `processMetrics: true` and there is no process to measure
   */
  async open(): Promise<void> {
    if (this.#options.processMetrics === true) await processMetrics();
    else if (this.#measuresProcess) measureSoon();
  }

  /** Exposes only the classic buckets of native histograms from now on. */
  disableNativeHistograms(): void {
    this.context.nativeHistograms.enabled = false;
  }

  /**
   * Merges a worker's delta. A metric that it defines differently from the definition here is not
   * counted until that worker, or its replacement, defines it the same; everything else is.
   *
   * @param source the worker, as `runner/index`. A replacement has its predecessor's
   * @param delta a result of its `takeDelta()`; each once, in their order
   * @returns the metrics of the delta that are not counted
   */
  merge(source: string, delta: MetricsDelta): readonly Refusal[] {
    const refused = this.#refused.get(source) ?? new Set();
    this.#refused.set(source, refused);
    const refusals: Refusal[] = [];
    for (const definition of delta.definitions) {
      const { name } = definition;
      try {
        this.#adopt(definition);
        refused.delete(name);
      } catch (error) {
        refused.add(name);
        refusals.push({ name, reason: messageOf(error) });
      }
    }
    for (const change of delta.changes) {
      if (!refused.has(change.name)) this.#count(source, change);
    }
    const runner = source.slice(0, Math.max(0, source.lastIndexOf("/"))) || source;
    for (const { reason } of refusals) {
      this.#warnings.warn(`A metric of a worker of ${runner} is not counted: ${reason}`);
    }
    return refusals;
  }

  /**
   * Records that a worker has ended: by its `aggregate`, a gauge drops its value now, or when its
   * replacement reports.
   */
  forget(source: string): void {
    this.#refused.delete(source);
    for (const family of this.families.values()) family.forget?.(source);
  }

  /** Adopts a worker's definition. Its help text may differ: the first one is shown. */
  #adopt(definition: Definition): void {
    const known = this.families.get(definition.name);
    if (known === undefined) this.define(definition);
    else requireSame(known.definition, definition, ["help", "unit", "maxSeries"]);
  }

  #count(source: string, change: FamilyChange): void {
    const family = this.families.get(change.name);
    if (family?.definition.type === change.type) return family.merge(source, change);
    this.#warnings.warn(
      `Counts of metric "${change.name}" of ${source} are lost: its definition is missing`,
    );
  }

  /**
   * Returns the value of one sample as `/metrics` shows it, including what workers have reported;
   * `undefined` if there is no such sample. Metrics that only workers define can be read too, but
   * not those of registries of prom-client, nor of the process.
   *
   * @param sample its name, such as `digits_predicted_total`, or `request_seconds_count` and
   *   `request_seconds_bucket` of a histogram
   * @param labels the value of each of its labels; of a bucket, `le` too; of a gauge with
   *   `aggregate: "all"`, the `worker` that reported it
   *
   * @example
   * assert.equal(measured.value("digits_predicted_total", { digit: 3 }), 1);
   */
  value(sample: string, labels: Readonly<Record<string, LabelValue>> = {}): number | undefined {
    const family = this.familyOf(sample);
    return family && sampleValue(family.snapshot(), sample, labels);
  }

  /**
   * Writes all metrics in the format that a scrape asks for.
   *
   * @param accept the request's header Accept
   */
  async expose(accept: string | null): Promise<Exposition> {
    const { now } = this.context;
    const { pause = afterOtherWork } = this.#options;
    const format = await formatFor(accept);
    const chunks = sliced(this.#snapshots(), format, { now, pause });
    return { contentType: format.contentType, body: streamOf(chunks) };
  }

  async *#snapshots(): AsyncGenerator<FamilySnapshot> {
    for (const family of this.families.values()) yield family.snapshot();
    const own = await this.#process();
    const included = [...(this.#options.include ?? []), ...(own === undefined ? [] : [own])];
    const seen = new Set<string>();
    for (const registry of included) yield* this.#included(registry, seen);
  }

  /** Yields the metrics of another registry, except those whose names are taken. */
  async *#included(registry: PromRegistry, seen: Set<string>): AsyncGenerator<FamilySnapshot> {
    const found = await readRegistry(registry).catch((error) =>
      this.#warn("an included registry", error),
    );
    for (const snapshot of found ?? []) {
      const { name, type } = snapshot;
      const names = takenNames(type, name);
      if (names.some((each) => seen.has(each)) || this.clashes(type, name)) {
        this.#warnings.warn(
          `An included registry has metric "${name}", which exists already: ` +
            "only the first is exposed",
        );
      } else {
        for (const each of names) seen.add(each);
        yield snapshot;
      }
    }
  }

  get #measuresProcess(): boolean {
    return this.#options.processMetrics ?? hasProcessMetrics();
  }

  async #process(): Promise<PromRegistry | undefined> {
    if (!this.#measuresProcess) return undefined;
    return await processMetrics().catch((error) => this.#warn("the process", error));
  }

  #warn(what: string, error: unknown): undefined {
    this.#warnings.warn(`Cannot read the metrics of ${what}: ${messageOf(error)}`);
  }
}

async function formatFor(accept: string | null): Promise<Format> {
  switch (negotiate(accept)) {
    case "text":
      return text;
    case "openmetrics":
      return openMetrics;
    case "protobuf":
      return await loadProtobuf();
  }
}

/** Its library is large: it is loaded when a scrape asks for it. */
async function loadProtobuf(): Promise<Format> {
  return (await import("./exposition/protobuf.ts")).protobuf;
}

/** ReadableStream.from() does not exist on every runtime. */
function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value as Uint8Array<ArrayBuffer>);
      },
      cancel: async () => void (await chunks.return(undefined)),
    },
    { highWaterMark: 0 },
  );
}
