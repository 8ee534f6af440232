/**
 * OpenMetrics 1.0.0: with units, exemplars, and an end that shows that nothing is missing.
 *
 * It leaves out `_created` samples: Prometheus would store each as another series. The protobuf
 * format has the same times in a field.
 *
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/
 * @module
 */

import type { Exemplar } from "../types/exemplar.ts";
import { familyName } from "../types/name.ts";
import type { Format } from "./format.ts";
import { formatValue } from "./number.ts";
import {
  bucketLines,
  countAndSum,
  escapeQuoted,
  formatLabels,
  sample,
  summaryLines,
} from "./sample.ts";
import type { FamilySnapshot } from "./snapshot.ts";

/** The OpenMetrics format. */
export const openMetrics: Format = {
  contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  family,
  end: "# EOF\n",
};

function* family(family: FamilySnapshot): Iterable<string> {
  const { type, help, unit } = family;
  // The family of a counter is named without `_total`, its samples with it.
  const name = type === "counter" ? familyName(family.name) : family.name;
  const unitLine = unit === undefined ? "" : `# UNIT ${name} ${unit}\n`;
  yield `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${escapeQuoted(help)}\n`;
  switch (family.type) {
    case "counter":
      for (const point of family.points) {
        const labels = formatLabels(point);
        yield sample(`${name}_total`, labels, point.value, exemplarText(point.exemplar));
      }
      break;
    case "gauge":
      for (const point of family.points) yield sample(name, formatLabels(point), point.value);
      break;
    case "histogram":
      for (const point of family.points) {
        const count = point.cumulative.at(-1) ?? 0;
        // With a negative bound the sum may fall: then sum and count must be left out.
        const falling = (point.bounds[0] ?? 0) < 0;
        yield bucketLines(name, point, exemplarText) +
          (falling ? "" : countAndSum(name, point, { count, sum: point.sum }));
      }
      break;
    case "summary":
      for (const point of family.points) yield summaryLines(name, point);
      break;
  }
}

/** Formats an exemplar as ` # {trace_id="…"} value seconds`. */
function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return "";
  const { labels, value, timestampMs } = exemplar;
  const text = formatLabels({ names: Object.keys(labels), values: Object.values(labels) });
  return ` # {${text}} ${formatValue(value)} ${(timestampMs / 1000).toFixed(3)}`;
}
