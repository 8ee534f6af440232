/**
 * The curve of latency against throughput, drawn with characters.
 * @module
 */

import { fixed } from "../figures.ts";
import type { Point } from "./search.ts";

/** The lines of the drawing. */
const HEIGHT = 12;

/** Returns the lines of a drawing: calls a second to the right, p99 upwards by its logarithm. */
export function curveLines(points: readonly Point[], columns: number): string[] {
  const shown = points.filter(({ p99, throughput }) => p99 > 0 && throughput > 0);
  if (shown.length < 2) return [];
  const most = Math.max(...shown.map(({ throughput }) => throughput));
  const [low, high] = rangeOf(shown.map(({ p99 }) => p99));
  const lineOf = (p99: number): number =>
    Math.round(((HEIGHT - 1) * Math.log(p99 / low)) / Math.log(high / low));
  const labels = Array.from({ length: HEIGHT }, (_, at) =>
    fixed(low * (high / low) ** (at / (HEIGHT - 1))),
  );
  const margin = Math.max(...labels.map(({ length }) => length)) + 1;
  const width = Math.max(20, Math.min(70, columns - margin - 8));
  const cells = Array.from({ length: HEIGHT }, () => new Array<string>(width).fill(" "));
  for (const { callers, throughput, p99 } of shown) {
    const name = `● ${callers}`;
    const x = Math.min(width - name.length, Math.round(((width - 1) * throughput) / most));
    const line = cells[lineOf(p99)];
    for (const [at, character] of [...name].entries()) {
      if (line !== undefined && (at === 0 || line[x + at] === " ")) line[x + at] = character;
    }
  }
  const drawn = cells.map((line, at) => {
    const isLabelled = at % 3 === 0 || at === HEIGHT - 1;
    const label = (isLabelled ? (labels[at] ?? "") : "").padStart(margin - 1);
    return `${label} ${isLabelled ? "┤" : "│"}${line.join("")}`.trimEnd();
  });
  const end = fixed(most);
  return [
    "p99 in ms, by calls/s; the number of callers is beside each point",
    ...drawn.reverse(),
    `${" ".repeat(margin)}└${"─".repeat(width)}`,
    `${" ".repeat(margin + 1)}0${end.padStart(width - 1)}`,
  ];
}

/** Returns the least and the greatest value, which differ. */
function rangeOf(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return high > low * 1.1 ? [low, high] : [low / 1.1, low * 1.1];
}
