/**
 * History: what the charts have shown in the last minutes.
 * @module
 */

import type { Reading } from "./panels.ts";
import type { Quantile } from "./quantile.ts";

/** How long values are kept, in seconds. */
export const HISTORY_SECONDS: number = 600;

/** The most series of a chart. */
export const MAX_SERIES: number = 8;

/** The columns of a chart: times, and the values of each series at those. */
export interface Columns {
  readonly seconds: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
}

interface Row {
  readonly seconds: number;
  readonly reading: Reading;
}

/** The readings of one chart, of a bounded time. */
export class History {
  readonly #rows: Row[] = [];
  #names: readonly string[] = [];
  #hidden = 0;

  /** The names of the series, each in the place that it got first. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** The number of series that are left out, since there are too many. */
  get hidden(): number {
    return this.#hidden;
  }

  get length(): number {
    return this.#rows.length;
  }

  /** @param seconds later than all before */
  add(seconds: number, reading: Reading): void {
    this.#rows.push({ seconds, reading });
    const first = this.#rows.findIndex((row) => row.seconds >= seconds - HISTORY_SECONDS);
    this.#rows.splice(0, first);
    this.#name();
  }

  /** Breaks the lines at a time without a value: the page was hidden, or nothing answered. */
  addGap(seconds: number): void {
    const last = this.#rows.at(-1);
    if (last !== undefined && last.reading.size > 0) this.add(seconds, new Map());
  }

  /** Returns a value by its series and its row, the last one by default. */
  value(name: string, row: number = this.#rows.length - 1): Quantile | undefined {
    return this.#rows[row]?.reading.get(name);
  }

  /** Returns the time of a row. */
  secondsAt(row: number): number | undefined {
    return this.#rows[row]?.seconds;
  }

  /** Returns the last row that is not after a time; undefined if there is none. */
  rowAt(seconds: number): number | undefined {
    const row = this.#rows.findLastIndex((each) => each.seconds <= seconds);
    return row < 0 ? undefined : row;
  }

  columns(): Columns {
    return {
      seconds: this.#rows.map(({ seconds }) => seconds),
      values: this.#names.map((name) =>
        this.#rows.map(({ reading }) => reading.get(name)?.value ?? null),
      ),
    };
  }

  /** Chooses the series: those with the largest values, if they are too many. */
  #name(): void {
    const peaks = new Map<string, number>();
    for (const { reading } of this.#rows) {
      for (const [name, { value }] of reading) {
        peaks.set(name, Math.max(peaks.get(name) ?? 0, value));
      }
    }
    const largest = [...peaks].sort(([, a], [, b]) => b - a).slice(0, MAX_SERIES);
    const chosen = new Set(largest.map(([name]) => name));
    const kept = this.#names.filter((name) => chosen.has(name));
    const added = [...peaks.keys()].filter((name) => chosen.has(name) && !kept.includes(name));
    this.#names = [...kept, ...added];
    this.#hidden = peaks.size - chosen.size;
  }
}
