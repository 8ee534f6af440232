/**
 * Snapshot: the values of a metric at a scrape, in the form that all formats are written from.
 * @module
 */

import type { NativeCounts } from "../native/native-buckets.ts";
import type { Exemplar } from "../types/exemplar.ts";

/** The labels of one series. */
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
  /** The time at which it began to count from 0, in milliseconds since 1970. */
  readonly createdMs?: number;
}

/** The values of a histogram. */
export interface HistogramPoint extends SeriesLabels {
  /** Finite upper bounds, ascending, without that of the last bucket, +Inf. */
  readonly bounds: readonly number[];
  /** The number of values up to each bound; the last is the number of all values. */
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
  /** Pairs of quantile and value, in the summaries of prom-client only. */
  readonly quantiles?: readonly (readonly [quantile: number, value: number])[];
  readonly createdMs?: number;
}

interface Head {
  /** The name in the text format: that of a counter ends in `_total`. */
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
