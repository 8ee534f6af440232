/**
 * The results of a search: a table of candidates, the curve of the best one, and its settings as
 * YAML.
 * @module
 */

import { fixed, oneLine } from "../figures.ts";
import { type Candidate, nameOf } from "./candidate.ts";
import { curveLines } from "./curve.ts";
import { bestPoint, type Found, type Trial } from "./search.ts";

/** The most characters of an error in the table. */
const MAX_ERROR = 200;

/** Returns the results as text. */
export function reportText(found: Found, maxP99: number, columns: number): string {
  const { trials, best, skipped } = found;
  const lines = tableLines(trials, maxP99);
  if (skipped.length > 0) {
    lines.push("", `There was no time for: ${skipped.map(nameOf).join("; ")}`);
  }
  if (best === undefined) return [...lines, "", "No candidate could be served."].join("\n");
  const point = bestPoint(best, maxP99);
  const curve = curveLines(best.points, columns);
  return [
    ...lines,
    "",
    point === undefined
      ? `No candidate answers 99 % of the calls within ${fixed(maxP99)} ms. The fastest:`
      : `The best within ${fixed(maxP99)} ms: ${fixed(point.throughput)} calls/s with ` +
        `${point.callers} callers, p50 ${fixed(point.p50)} ms, p99 ${fixed(point.p99)} ms.`,
    ...(curve.length === 0 ? [] : ["", ...curve]),
    "",
    "As a configuration file, for --config:",
    "",
    yamlOf(best.candidate),
  ].join("\n");
}

/** Returns a line for each candidate, the best first. */
function tableLines(trials: readonly Trial[], maxP99: number): string[] {
  const rows = trials.map((trial) => ({ trial, point: bestPoint(trial, maxP99) }));
  rows.sort((a, b) => (b.point?.throughput ?? -1) - (a.point?.throughput ?? -1));
  const header = ["backend", "workers", "threads", "batch", "calls/s", "callers", "p50", "p99"];
  const cells = rows.map(({ trial: { candidate, points, error }, point }) => {
    const { backend, workers, threads, maxBatchSize } = candidate;
    const own = [backend, `${workers}`, `${threads}`, maxBatchSize?.toString() ?? "-"];
    if (error !== undefined) return [...own, oneLine(error).slice(0, MAX_ERROR)];
    if (point === undefined) return [...own, `${tooSlow(points)}`];
    const { throughput, callers, p50, p99 } = point;
    return [...own, fixed(throughput), `${callers}`, fixed(p50), fixed(p99)];
  });
  const widths = header.map((name, at) =>
    // The last cell of a row without figures is a sentence.
    Math.max(
      name.length,
      ...cells.map((row) => (row.length > at + 1 ? (row[at] ?? "") : "").length),
    ),
  );
  return [header, ...cells].map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function tooSlow(points: Trial["points"]): string {
  const failed = points.reduce((sum, point) => sum + point.failed, 0);
  if (failed > 0) return `${failed} calls failed`;
  return `too slow: p99 ${fixed(Math.min(...points.map(({ p99 }) => p99)))} ms or more`;
}

/** Returns the settings of a candidate as a configuration file. */
export function yamlOf({ backend, workers, threads, maxBatchSize }: Candidate): string {
  const lines = [
    "runners:",
    `  backend: ${backend}`,
    `  workers: ${workers}`,
    `  threads: ${threads}`,
    ...(maxBatchSize === undefined ? [] : ["  batching:", `    max_batch_size: ${maxBatchSize}`]),
  ];
  return lines.join("\n");
}
