/**
 * Looking up one sample of a metric by its name and labels, as the text format shows them.
 * @module
 */

import { familyName } from "../types/name.ts";
import type { FamilySnapshot, HistogramPoint, SeriesLabels } from "./snapshot.ts";

/**
 * Returns the value of a sample; `undefined` if the metric has no such sample.
 *
 * @param sample the name of the sample, with its suffix, such as `_count`
 * @param labels the value of every label, `le` of a bucket included
 */
export function sampleValue(
  metric: FamilySnapshot,
  sample: string,
  labels: Readonly<Record<string, unknown>>,
): number | undefined {
  switch (metric.type) {
    case "counter":
      return familyName(sample) === familyName(metric.name)
        ? find(metric.points, labels)?.value
        : undefined;
    case "gauge":
      return find(metric.points, labels)?.value;
    case "histogram": {
      if (sample === `${metric.name}_bucket`) return bucketValue(metric.points, labels);
      const point = find(metric.points, labels);
      if (sample === `${metric.name}_count`) return point?.cumulative.at(-1);
      return sample === `${metric.name}_sum` ? point?.sum : undefined;
    }
    case "summary": {
      const point = find(metric.points, labels);
      if (sample === `${metric.name}_count`) return point?.count;
      return sample === `${metric.name}_sum` ? point?.sum : undefined;
    }
  }
}

function bucketValue(
  points: Iterable<HistogramPoint>,
  { le, ...labels }: Readonly<Record<string, unknown>>,
): number | undefined {
  const point = find(points, labels);
  if (point === undefined || le === undefined) return undefined;
  const bound = Number(String(le).replace("+Inf", "Infinity"));
  if (bound === Number.POSITIVE_INFINITY) return point.cumulative.at(-1);
  const at = point.bounds.indexOf(bound);
  return at < 0 ? undefined : point.cumulative[at];
}

function find<P extends SeriesLabels>(
  points: Iterable<P>,
  labels: Readonly<Record<string, unknown>>,
): P | undefined {
  const count = Object.keys(labels).length;
  for (const point of points) {
    const { names, values } = point;
    if (names.length !== count) continue;
    if (names.every((name, at) => String(labels[name]) === values[at])) return point;
  }
  return undefined;
}
