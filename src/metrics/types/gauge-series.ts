/**
 * GaugeSeries: the value of a gauge for one set of labels, in this thread and in each worker.
 * @module
 */

import { messageOf } from "../../error.ts";
import { type Aggregate, combine, isPerWorker, type Report } from "../worker/aggregate.ts";
import type { GaugeChange } from "../worker/delta.ts";
import type { GaugeDefinition } from "./definition.ts";
import type { FamilyContext, Polled } from "./family.ts";
import type { Gauge } from "./gauge.ts";
import { Series, type Successors } from "./series.ts";
import { atEnd, startTimer } from "./timer.ts";

/** A gauge with one value for each label. */
export class GaugeSeries extends Series implements Gauge, Polled {
  /** The last report of each worker, by its source. */
  readonly reports: Map<string, Report> = new Map();
  readonly #name: string;
  readonly #context: FamilyContext;
  readonly #aggregate: Aggregate;
  /** Only `mostrecent` needs the time of each change: to read a clock costs more than to set. */
  readonly #keepsTime: boolean;
  #owned = false;
  #value: number | undefined = 0;
  #setAtMs = 0;
  #read: (() => number) | undefined;
  #warned = false;

  constructor(labels: readonly string[], definition: GaugeDefinition, context: FamilyContext) {
    super(labels);
    this.#name = definition.name;
    this.#context = context;
    this.#aggregate = definition.aggregate;
    this.#keepsTime = definition.aggregate.endsWith("mostrecent");
  }

  /** Records that this thread uses it. */
  own(): void {
    this.#owned = true;
  }

  /** True if neither this thread uses it nor a worker has reported it. */
  get isUnused(): boolean {
    return !this.#owned && this.reports.size === 0;
  }

  override retire(successors: Successors<this>): void {
    super.retire(successors);
    this.#read = undefined;
    this.#context.polled?.delete(this);
  }

  /** Returns the series to use: this one or, if it was removed, the one in its place. */
  #current(): GaugeSeries {
    if (this.successors === undefined) return this;
    const current = this.successors.findOrCreate();
    current.own();
    return current;
  }

  inc(amount = 1): void {
    if (this.successors !== undefined) return this.#current().inc(amount);
    this.set((this.#value ?? 0) + amount);
  }

  dec(amount = 1): void {
    this.inc(-amount);
  }

  set(value: number): void {
    if (this.successors !== undefined) return this.#current().set(value);
    if (typeof value !== "number") {
      throw new TypeError(`Cannot set gauge "${this.#name}" to ${value}: it must be a number`);
    }
    this.#value = value;
    if (this.#keepsTime) this.#setAtMs = this.#context.dateNow();
    this.changed();
  }

  setToCurrentTime(): void {
    this.set(this.#context.dateNow() / 1000);
  }

  trackInProgress(): Disposable {
    const series = this.#current();
    series.inc();
    return atEnd(() => {
      // Removing a series also removes its count of work in progress.
      if (series.successors === undefined) series.dec();
    });
  }

  startTimer(): () => number {
    return startTimer((seconds) => this.set(seconds), this.#context.now);
  }

  time(): Disposable {
    return atEnd(this.startTimer());
  }

  setFunction(read: () => number): void {
    if (this.successors !== undefined) return this.#current().setFunction(read);
    this.#read = read;
    this.#context.polled?.add(this);
    this.changed();
  }

  value(): number | undefined {
    if (this.successors !== undefined) return this.successors.find()?.value();
    const own = this.ownReport();
    if (isPerWorker(this.#aggregate)) return own?.value;
    return combine(this.#aggregate, [
      ...(own === undefined ? [] : [own]),
      ...this.reports.values(),
    ]);
  }

  /** Returns the value of this thread; `undefined` if it has none. */
  ownReport(): Report | undefined {
    if (!this.#owned) return undefined;
    this.poll();
    const { value, setAtMs } = this.take();
    return value === undefined ? undefined : { value, setAtMs };
  }

  /** Calls its function, if it has one, and announces a change of its result. */
  poll(): void {
    if (this.#read === undefined) return;
    const value = this.#call(this.#read);
    if (this.#keepsTime) this.#setAtMs = this.#context.dateNow();
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    this.changed();
  }

  /** Returns its value. */
  take(): GaugeChange {
    return { labels: this.labels, value: this.#value, setAtMs: this.#setAtMs };
  }

  #call(read: () => number): number | undefined {
    try {
      const value = read();
      if (typeof value === "number") return value;
      throw new TypeError(`it returned a value of type ${typeof value}, not a number`);
    } catch (error) {
      this.#warn(messageOf(error));
      return undefined;
    }
  }

  #warn(message: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#context.warn(
      `The function of gauge "${this.#name}" failed, its sample is left out: ${message}`,
    );
  }
}
