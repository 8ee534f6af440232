/**
 * GaugeSeries: one value of a gauge, and what workers say it is.
 * @module
 */

import { messageOf } from "../../error.ts";
import type { Report } from "../worker/aggregate.ts";
import type { GaugeChange } from "../worker/delta.ts";
import type { GaugeDefinition } from "./definition.ts";
import type { Polled, Surroundings } from "./family.ts";
import type { Gauge } from "./gauge.ts";
import { Series } from "./series.ts";
import { atEnd, startTimer } from "./timer.ts";

/** A gauge with one value for each label. */
export class GaugeSeries extends Series implements Gauge, Polled {
  /** What each worker said last, by its source. */
  readonly reports: Map<string, Report> = new Map();
  readonly #name: string;
  readonly #surroundings: Surroundings;
  /** When it was set matters to the most recent alone: to ask costs more than to set. */
  readonly #keepsTime: boolean;
  #owned = false;
  #value: number | undefined = 0;
  #setAtMs = 0;
  #read: (() => number) | undefined;
  #warned = false;

  constructor(labels: readonly string[], definition: GaugeDefinition, surroundings: Surroundings) {
    super(labels);
    this.#name = definition.name;
    this.#surroundings = surroundings;
    this.#keepsTime = definition.aggregate.endsWith("mostrecent");
  }

  /** This thread uses it. */
  own(): void {
    this.#owned = true;
  }

  inc(amount = 1): void {
    this.set((this.#value ?? 0) + amount);
  }

  dec(amount = 1): void {
    this.set((this.#value ?? 0) - amount);
  }

  set(value: number): void {
    if (typeof value !== "number") {
      throw new TypeError(`Cannot set gauge "${this.#name}" to ${value}: it must be a number`);
    }
    this.#value = value;
    if (this.#keepsTime) this.#setAtMs = this.#surroundings.dateNow();
    this.changed();
  }

  setToCurrentTime(): void {
    this.set(this.#surroundings.dateNow() / 1000);
  }

  trackInProgress(): Disposable {
    this.inc();
    return atEnd(() => this.dec());
  }

  startTimer(): () => number {
    return startTimer((seconds) => this.set(seconds), this.#surroundings.now);
  }

  time(): Disposable {
    return atEnd(this.startTimer());
  }

  setFunction(read: () => number): void {
    this.#read = read;
    this.#surroundings.polled?.add(this);
    this.changed();
  }

  /** What this thread says; `undefined` if nothing. */
  ownReport(): Report | undefined {
    if (!this.#owned) return undefined;
    this.poll();
    const { value, setAtMs } = this.take();
    return value === undefined ? undefined : { value, setAtMs };
  }

  /** Asks its function, if it has one, and has a change announced if there is one. */
  poll(): void {
    if (this.#read === undefined) return;
    const value = this.#ask(this.#read);
    if (this.#keepsTime) this.#setAtMs = this.#surroundings.dateNow();
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    this.changed();
  }

  /** What it stands at. */
  take(): GaugeChange {
    return { labels: this.labels, value: this.#value, setAtMs: this.#setAtMs };
  }

  #ask(read: () => number): number | undefined {
    try {
      const value = read();
      if (typeof value === "number") return value;
      throw new TypeError(`it gave a value of type ${typeof value}, not a number`);
    } catch (error) {
      this.#warn(messageOf(error));
      return undefined;
    }
  }

  #warn(message: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#surroundings.warn(
      `The function of gauge "${this.#name}" failed, its sample is left out: ${message}`,
    );
  }
}
