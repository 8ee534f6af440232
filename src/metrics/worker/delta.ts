/**
 * MetricsDelta: the changes in a worker's metrics since its last report, as plain data that can be
 * posted to the main thread.
 * @module
 */

import type { NativeCounts } from "../native/native-buckets.ts";
import type { Definition } from "../types/definition.ts";
import type { Exemplar } from "../types/exemplar.ts";
import type { MetricType } from "../types/name.ts";

/** The metrics defined, and the series changed or removed, since the delta before. */
export interface MetricsDelta {
  readonly definitions: readonly Definition[];
  readonly changes: readonly FamilyChange[];
}

/** The changes of one metric. Removals come before counts. */
export type FamilyChange =
  | Change<"counter", CounterChange>
  | Change<"gauge", GaugeChange>
  | Change<"histogram", HistogramChange>
  | Change<"summary", SummaryChange>;

interface Change<Type extends MetricType, C> {
  readonly type: Type;
  readonly name: string;
  readonly removed?: RemovedSeries;
  readonly series: readonly C[];
}

/** The values of the labels of removed series. */
export type RemovedSeries = readonly (readonly string[])[];

interface SeriesChange {
  /** The values of its labels, in the order of the definition. */
  readonly labels: readonly string[];
}

/** The increase of a counter. */
export interface CounterChange extends SeriesChange {
  readonly amount: number;
  readonly exemplar: Exemplar | undefined;
}

/** The value of a gauge. */
export interface GaugeChange extends SeriesChange {
  /** `undefined` if its function threw: the gauge has no value now. */
  readonly value: number | undefined;
  /** In milliseconds since 1970; 0 if it was never set. */
  readonly setAtMs: number;
}

/** The values that a histogram has observed. */
export interface HistogramChange extends SeriesChange {
  /** Its upper bounds, if they differ from those of the definition. */
  readonly buckets?: readonly number[];
  /** By bucket, not cumulative; the last is the one up to +Inf. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly exemplars: readonly (Exemplar | undefined)[] | undefined;
  readonly native: NativeCounts | undefined;
}

/** The values that a summary has observed. */
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
 * @throws TypeError if it is not: the delta is not of a registry whose definitions were merged
 */
export function requireType<T extends FamilyChange["type"]>(
  change: FamilyChange,
  type: T,
): asserts change is Extract<FamilyChange, { readonly type: T }> {
  if (change.type === type) return;
  throw new TypeError(`Cannot merge a ${change.type} into "${change.name}", which is a ${type}`);
}
