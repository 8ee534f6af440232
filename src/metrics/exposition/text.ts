/**
 * Prometheus's text format 0.0.4, which every scraper reads.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * @module
 */

import type { Format } from "./format.ts";
import { bucketLines, countAndSum, formatLabels, sample, summaryLines } from "./sample.ts";
import type { FamilySnapshot } from "./snapshot.ts";

/** The text format. */
export const text: Format = {
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  family,
  end: "",
};

/** Escapes a help text, in which quotes need no backslash. */
function escapeHelp(help: string): string {
  return help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function* family(family: FamilySnapshot): Iterable<string> {
  const { name, help, type } = family;
  yield `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
  switch (type) {
    case "counter":
    case "gauge":
      for (const point of family.points) yield sample(name, formatLabels(point), point.value);
      break;
    case "histogram":
      for (const point of family.points) {
        const count = point.cumulative.at(-1) ?? 0;
        yield bucketLines(name, point, () => "") +
          countAndSum(name, point, { count, sum: point.sum });
      }
      break;
    case "summary":
      for (const point of family.points) yield summaryLines(name, point);
      break;
  }
}
