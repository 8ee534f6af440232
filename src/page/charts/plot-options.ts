/**
 * plotOptions(): how uPlot draws a chart.
 * @module
 */

import type uPlot from "uplot";
import { formatNumber } from "./format.ts";
import { HISTORY_SECONDS } from "./history.ts";
import type { Panel } from "./panels.ts";

/** What the options take from the page. */
export interface PlotPlace {
  readonly size: { readonly width: number; readonly height: number };
  /** Returns the colour of a series. */
  colour(at: number): string;
  /** Returns the style of the chart, which changes with the colour scheme. */
  styleOf(): CSSStyleDeclaration;
  /** Called with the row under the pointer, or undefined when it has left. */
  choose(row: number | undefined): void;
}

/** The dashes of the series, so that they differ in more than colours; as in charts.css. */
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3]];

/** The least time on the axis, in seconds: what there is of the first minutes fills the chart. */
const LEAST_SECONDS = 60;

/** Whole numbers, for what is counted. */
const WHOLE = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power));

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export function plotOptions(
  { unit, filled = false, colours }: Panel,
  names: readonly string[],
  { size, colour, styleOf, choose }: PlotPlace,
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: () => styleOf().color,
    grid: { stroke: () => styleOf().borderTopColor, width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  return {
    ...size,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false },
    scales: {
      x: { time: true, range: (_, first, last) => timeRange(first, last) },
      y: { range: (_, __, most) => [0, upTo(most, unit)] },
    },
    axes: [
      { ...axis, space: 90, size: 28, values: (_, times) => times.map(clockText) },
      {
        ...axis,
        size: 62,
        space: 32,
        values: (_, values) => values.map((value) => formatNumber(value, unit)),
        ...(unit === "count" ? { incrs: WHOLE.flat() } : {}),
      },
    ],
    series: [
      {},
      ...names.map((label, at): uPlot.Series => {
        return {
          label,
          stroke: () => colour(at),
          width: 2,
          dash: [...(DASHES[((colours?.[label] ?? at + 1) - 1) % DASHES.length] ?? [])],
          points: { show: true, size: 5, filter: lonelyRows },
          ...(filled ? { fill: () => faint(colour(at)) } : {}),
        };
      }),
    ],
    hooks: { setCursor: [({ cursor }) => choose(cursor.idx ?? undefined)] },
  };
}

function timeRange(first: number, last: number): [number, number] {
  const span = Math.min(HISTORY_SECONDS, Math.max(LEAST_SECONDS, last - first));
  return [last - span, last];
}

/** Returns the end of the axis: some space above the largest value, and never nothing. */
function upTo(most: number | null, unit: Panel["unit"]): number {
  const least = unit === "seconds" ? 0.001 : 1;
  return Math.max(least, (most ?? 0) * 1.1);
}

function clockText(seconds: number): string {
  return CLOCK.format(seconds * 1000);
}

/** Returns the rows that no line goes through, which would otherwise not be seen. */
function lonelyRows(uplot: uPlot, series: number): number[] {
  const values = uplot.data[series] ?? [];
  const isGap = (at: number): boolean => values[at] === null || values[at] === undefined;
  return [...values.keys()].filter((at) => !isGap(at) && isGap(at - 1) && isGap(at + 1));
}

/** Returns a colour of the style sheet, nearly transparent. */
function faint(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, "rgba($1, 0.15)");
}
