/**
 * MetricsDelta: what has changed in a worker's metrics since it last told, as plain data that can
 * be posted to the main thread.
 * @module
 */

import type { NativeCounts } from "../native/native-buckets.ts";
import type { Definition } from "../types/definition.ts";
import type { Exemplar } from "../types/exemplar.ts";

/** Only what is new: metrics defined, and series changed, since the delta before. */
export interface MetricsDelta {
  readonly definitions: readonly Definition[];
  readonly changes: readonly FamilyChange[];
}

/** The changed series of one metric. */
export type FamilyChange =
  | { readonly type: "counter"; readonly name: string; readonly series: readonly CounterChange[] }
  | { readonly type: "gauge"; readonly name: string; readonly series: readonly GaugeChange[] }
  | {
      readonly type: "histogram";
      readonly name: string;
      readonly series: readonly HistogramChange[];
    }
  | { readonly type: "summary"; readonly name: string; readonly series: readonly SummaryChange[] };

interface SeriesChange {
  /** The values of its labels, in the order of the definition. */
  readonly labels: readonly string[];
}

/** What a counter was raised by. */
export interface CounterChange extends SeriesChange {
  readonly amount: number;
  readonly exemplar: Exemplar | undefined;
}

/** What a gauge stands at. */
export interface GaugeChange extends SeriesChange {
  /** `undefined` where its function threw: it stands at nothing now. */
  readonly value: number | undefined;
  /** In milliseconds since 1970; 0 where it has never been set. */
  readonly setAtMs: number;
}

/** What a histogram has counted. */
export interface HistogramChange extends SeriesChange {
  /** Its upper bounds, if they differ from those of the definition. */
  readonly buckets?: readonly number[];
  /** By bucket, not cumulative; the last is the one up to +Inf. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly exemplars: readonly (Exemplar | undefined)[] | undefined;
  readonly native: NativeCounts | undefined;
}

/** What a summary has counted. */
export interface SummaryChange extends SeriesChange {
  readonly count: number;
  readonly sum: number;
}

/** A metric of a worker that is not counted, with the reason. */
export interface Refusal {
  readonly name: string;
  readonly reason: string;
}

/**
 * Checks that a change is for a metric of this type.
 *
 * @throws TypeError where it is not: the delta is not from a registry whose definitions were merged
 */
export function requireType<T extends FamilyChange["type"]>(
  change: FamilyChange,
  type: T,
): asserts change is Extract<FamilyChange, { readonly type: T }> {
  if (change.type === type) return;
  throw new TypeError(`Cannot merge a ${change.type} into "${change.name}", which is a ${type}`);
}
