/**
 * MetricsRegistry: the metrics of the main thread, with those of its workers and of prom-client,
 * exposed together.
 * @module
 */

import { hasProcessMetrics, processMetrics } from "#process-metrics";
import { messageOf } from "../error.ts";
import type { Format } from "./exposition/format.ts";
import { negotiate } from "./exposition/negotiate.ts";
import { openMetrics } from "./exposition/openmetrics.ts";
import type { FamilySnapshot } from "./exposition/snapshot.ts";
import { text } from "./exposition/text.ts";
import { type PromRegistry, readRegistry } from "./included.ts";
import { Metrics, type MetricsSettings } from "./metrics.ts";
import { type Definition, requireSame } from "./types/definition.ts";
import { takenNames } from "./types/name.ts";
import { afterOtherWork, sliced } from "./types/sliced.ts";
import { Warnings } from "./warnings.ts";
import type { FamilyChange, MetricsDelta, Refusal } from "./worker/delta.ts";

/** What `metrics()` can be told. */
export interface MetricsOptions extends MetricsSettings {
  /** Registries of prom-client that are exposed too. */
  readonly include?: readonly PromRegistry[];
  /**
   * Whether the process (memory, CPU, event loop) is measured too. Default: where there is one, so
   * not in workerd nor in a browser.
   */
  readonly processMetrics?: boolean;
  /**
   * Whether native histograms are exposed to scrapes that ask for protobuf. Default true.
   */
  readonly nativeHistograms?: boolean;
  /** Told of what went wrong, in a sentence. Default: nobody, until `listen()`. */
  readonly warn?: (text: string) => void;
  /** Lets other work run during a scrape. Default: a timer of 0 ms. */
  readonly pause?: () => Promise<void>;
}

/** An answer to a scrape. */
export interface Exposition {
  /** The value of the header Content-Type. */
  readonly contentType: string;
  /** Read once; nothing is written before it is read. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * Makes a registry: where a service defines what it measures.
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

/** See `metrics()`. */
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
   * Has warnings told to a function: those so far, and those to come. Without effect if one is told
   * already, such as `warn` of the options.
   */
  listen(warn: (text: string) => void): void {
    this.#warnings.listen(warn);
  }

  /**
   * Begins to measure the process, if it is to be, and loads what scrapes need: 50 to 200 ms that
   * would hold up the thread at the first scrape otherwise.
   *
   * @throws Error if `processMetrics: true` and there is no process to measure
   */
  async open(): Promise<void> {
    const strict = this.#options.processMetrics === true;
    await Promise.all([strict ? processMetrics() : this.#process(), loadProtobuf()]);
  }

  /** Stops exposing native histograms: only the classic buckets of the same metrics remain. */
  disableNativeHistograms(): void {
    this.surroundings.nativeHistograms.enabled = false;
  }

  /**
   * Merges a worker's delta. A metric that it defines differently from the definition here is not
   * counted until that worker, or its replacement, defines it the same; everything else is.
   *
   * @param source the worker, as `runner/index`. A replacement has its predecessor's
   * @param delta what its `takeDelta()` gave; each once, in their order
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

  /** A worker is gone: its gauges count no more, or until its replacement reports, as declared. */
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
      `Counts of metric "${change.name}" of ${source} are lost: its definition did not come`,
    );
  }

  /**
   * Writes everything down in the format that a scrape asks for.
   *
   * @param accept the request's header Accept
   */
  async expose(accept: string | null): Promise<Exposition> {
    const { now } = this.surroundings;
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

  /** The metrics of another registry, but for those whose names are taken. */
  async *#included(registry: PromRegistry, seen: Set<string>): AsyncGenerator<FamilySnapshot> {
    const found = await readRegistry(registry).catch((error) =>
      this.#warn("an included registry", error),
    );
    for (const snapshot of found ?? []) {
      const { name, type } = snapshot;
      const names = takenNames(type, name);
      if (names.some((each) => seen.has(each)) || this.clashes(type, name)) {
        this.#warnings.warn(
          `An included registry has metric "${name}", which is there already: ` +
            "only the first is exposed",
        );
      } else {
        for (const each of names) seen.add(each);
        yield snapshot;
      }
    }
  }

  async #process(): Promise<PromRegistry | undefined> {
    const { processMetrics: wanted = hasProcessMetrics() } = this.#options;
    if (!wanted) return undefined;
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

/** Its library is large: where nobody opens a registry, it is read when a scrape asks for it. */
async function loadProtobuf(): Promise<Format> {
  return (await import("./exposition/protobuf.ts")).protobuf;
}

/** ReadableStream.from() is not there on every runtime. */
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
