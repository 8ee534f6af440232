/**
 * Samples: the lines that the two text formats have in common.
 * @module
 */

import type { Exemplar } from "../types/exemplar.ts";
import { formatBound, formatValue } from "./number.ts";
import type { HistogramPoint, SeriesLabels, SummaryPoint } from "./snapshot.ts";

/** The text behind a sample: its exemplar, where the format has them. */
export type ExemplarText = (exemplar: Exemplar | undefined) => string;

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", '"': '\\"' };

/** A text between double quotes: the value of a label. */
export function escapeQuoted(text: string): string {
  // Most texts have nothing to escape, and a search is cheaper than a copy.
  return /[\\\n"]/.test(text) ? text.replace(/[\\\n"]/g, (each) => ESCAPES[each] ?? each) : text;
}

/** `a="x",b="y"`, without labels that are empty: Prometheus takes them as not there. */
export function formatLabels({ names, values }: SeriesLabels): string {
  let text = "";
  for (let at = 0; at < names.length; at += 1) {
    const value = values[at] ?? "";
    if (value === "") continue;
    text += `${text === "" ? "" : ","}${names[at]}="${escapeQuoted(value)}"`;
  }
  return text;
}

/** One line: `name{labels} value`. */
export function sample(name: string, labels: string, value: number, exemplar = ""): string {
  const inBraces = labels === "" ? "" : `{${labels}}`;
  return `${name}${inBraces} ${formatValue(value)}${exemplar}\n`;
}

/** The lines `_bucket`: the label `le` comes behind the others. */
export function bucketLines(
  name: string,
  point: HistogramPoint,
  exemplarText: ExemplarText,
): string {
  const labels = formatLabels(point);
  const prefix = `${name}_bucket{${labels}${labels === "" ? "" : ","}le="`;
  const bounds = boundTexts(point.bounds);
  let lines = "";
  for (const [at, count] of point.cumulative.entries()) {
    lines += `${prefix}${bounds[at] ?? "+Inf"}"} ${count}${exemplarText(point.exemplars?.[at])}\n`;
  }
  return lines;
}

/** The lines `_count` and `_sum`. */
export function countAndSum(
  name: string,
  labels: SeriesLabels,
  { count, sum }: { readonly count: number; readonly sum: number },
): string {
  const text = formatLabels(labels);
  return sample(`${name}_count`, text, count) + sample(`${name}_sum`, text, sum);
}

/** The lines of a summary. */
export function summaryLines(name: string, point: SummaryPoint): string {
  const labels = formatLabels(point);
  const prefix = labels === "" ? "" : `${labels},`;
  const quantiles = (point.quantiles ?? []).map(([quantile, value]) =>
    sample(name, `${prefix}quantile="${formatBound(quantile)}"`, value),
  );
  return quantiles.join("") + countAndSum(name, point, point);
}

/** By the list of bounds, which most series of a histogram share. */
const textsByBounds = new WeakMap<readonly number[], readonly string[]>();

function boundTexts(bounds: readonly number[]): readonly string[] {
  let texts = textsByBounds.get(bounds);
  if (texts === undefined) {
    texts = bounds.map(formatBound);
    textsByBounds.set(bounds, texts);
  }
  return texts;
}
