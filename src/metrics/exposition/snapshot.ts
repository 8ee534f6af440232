/**
 * Snapshot: what metrics hold at the moment of a scrape, in the one form that every format writes.
 * @module
 */

import type { NativeCounts } from "../native/native-buckets.ts";
import type { Exemplar } from "../types/exemplar.ts";

/** What tells a series from the others of its family. */
export interface SeriesLabels {
  readonly names: readonly string[];
  /** In the order of the names. */
  readonly values: readonly string[];
}

/** The value of a gauge. */
export interface GaugePoint extends SeriesLabels {
  readonly value: number;
}

/** The value of a counter. */
export interface CounterPoint extends SeriesLabels {
  readonly value: number;
  readonly exemplar?: Exemplar | undefined;
  /** When it began to count from 0, in milliseconds since 1970. */
  readonly createdMs?: number;
}

/** The values of a histogram. */
export interface HistogramPoint extends SeriesLabels {
  /** Finite upper bounds, ascending; the bucket up to +Inf comes on top. */
  readonly bounds: readonly number[];
  /** How many values were at most each bound, and at last how many there were. */
  readonly cumulative: readonly number[];
  readonly sum: number;
  /** By bucket. */
  readonly exemplars?: readonly (Exemplar | undefined)[] | undefined;
  readonly native?: NativeCounts | undefined;
  readonly createdMs?: number;
}

/** The values of a summary. */
export interface SummaryPoint extends SeriesLabels {
  readonly count: number;
  readonly sum: number;
  /** Pairs of quantile and value. Ours have none. */
  readonly quantiles?: readonly (readonly [quantile: number, value: number])[];
  readonly createdMs?: number;
}

interface Head {
  /** As in the text format: a counter's with `_total`. */
  readonly name: string;
  readonly help: string;
  readonly unit?: string | undefined;
}

/** A metric with its series. The points are read one by one, each consistent in itself. */
export type FamilySnapshot =
  | (Head & { readonly type: "counter"; readonly points: Iterable<CounterPoint> })
  | (Head & { readonly type: "gauge"; readonly points: Iterable<GaugePoint> })
  | (Head & { readonly type: "histogram"; readonly points: Iterable<HistogramPoint> })
  | (Head & { readonly type: "summary"; readonly points: Iterable<SummaryPoint> });
