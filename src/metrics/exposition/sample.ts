/**
 * Samples: the lines that both text formats share.
 * @module
 */

import type { Exemplar } from "../types/exemplar.ts";
import { formatBound, formatValue } from "./number.ts";
import type { HistogramPoint, SeriesLabels, SummaryPoint } from "./snapshot.ts";

/** Formats the exemplar after a sample; empty in a format without exemplars. */
export type ExemplarText = (exemplar: Exemplar | undefined) => string;

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", '"': '\\"' };

/** Escapes a text between double quotes, such as the value of a label. */
export function escapeQuoted(text: string): string {
  // Most texts need no escape, and a search is cheaper than a copy.
  return /[\\\n"]/.test(text) ? text.replace(/[\\\n"]/g, (each) => ESCAPES[each] ?? each) : text;
}

/** Formats labels as `a="x",b="y"`. Empty ones are left out: to Prometheus, both are the same. */
export function formatLabels({ names, values }: SeriesLabels): string {
  let text = "";
  for (let at = 0; at < names.length; at += 1) {
    const value = values[at] ?? "";
    if (value === "") continue;
    text += `${text === "" ? "" : ","}${names[at]}="${escapeQuoted(value)}"`;
  }
  return text;
}

/** Formats a line: `name{labels} value`. */
export function sample(name: string, labels: string, value: number, exemplar = ""): string {
  const inBraces = labels === "" ? "" : `{${labels}}`;
  return `${name}${inBraces} ${formatValue(value)}${exemplar}\n`;
}

/** Formats the lines `_bucket`. The label `le` follows the others. */
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

/** Formats the lines `_count` and `_sum`. */
export function countAndSum(
  name: string,
  labels: SeriesLabels,
  { count, sum }: { readonly count: number; readonly sum: number },
): string {
  const text = formatLabels(labels);
  return sample(`${name}_count`, text, count) + sample(`${name}_sum`, text, sum);
}

/** Formats the lines of a summary. */
export function summaryLines(name: string, point: SummaryPoint): string {
  const labels = formatLabels(point);
  const prefix = labels === "" ? "" : `${labels},`;
  const quantiles = (point.quantiles ?? []).map(([quantile, value]) =>
    sample(name, `${prefix}quantile="${formatBound(quantile)}"`, value),
  );
  return quantiles.join("") + countAndSum(name, point, point);
}

/** Cached by the list of bounds, which most series of a histogram share. */
const textsByBounds = new WeakMap<readonly number[], readonly string[]>();

function boundTexts(bounds: readonly number[]): readonly string[] {
  let texts = textsByBounds.get(bounds);
  if (texts === undefined) {
    texts = bounds.map(formatBound);
    textsByBounds.set(bounds, texts);
  }
  return texts;
}
