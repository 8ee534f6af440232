/**
 * The report of a benchmark as text: a table, and a histogram of latencies.
 * @module
 */

import { fixed, oneLine } from "../figures.ts";
import type { LatencyClass } from "./latency-record.ts";
import type { BenchReport, Latencies } from "./report.ts";

/** The most lines of the histogram. */
const MAX_LINES = 14;

/** Calls that are sent later than this by half are a sign that this program is the bottleneck. */
const LATE_MS = 5;

/** The statuses of calls whose input is at fault. */
const WRONG_INPUT = ["400", "413", "415", "422"];

/**
 * Returns the report, with bars that fit a terminal of that many columns.
 *
 * @param isSample true if the input of the calls was made from the description of the API
 */
export function textOf(report: BenchReport, columns: number, isSample = false): string {
  const { api, url, load, calls, seconds, answered, throughput, batches } = report;
  const rows: (readonly [string, string])[] = [
    ["api", `${api}   ${url}`],
    [
      "load",
      load.kind === "closed"
        ? `${load.callers} ${load.callers === 1 ? "caller" : "callers"} (closed loop)`
        : `${fixed(load.perSecond)} calls/s (open loop)`,
    ],
    ["calls", `${calls} in ${fixed(seconds)} s`],
    ["answered", `${answered}   ${fixed(throughput)} calls/s`],
    ...failureRows(report),
    ...latencyRows("latency ms", report.latencyMs),
  ];
  if (report.failureMs !== undefined) rows.push(...latencyRows("failures ms", report.failureMs));
  if (report.notSent !== undefined && report.notSent > 0) {
    rows.push(["not sent", `${report.notSent}: too many calls were under way`]);
  }
  if (batches !== undefined) {
    rows.push(["batches", `${batches.count} of ${fixed(batches.meanRows)} rows on average`]);
    const reasons = Object.entries(batches.reasons).map(
      ([reason, share]) => `${reason} ${(100 * share).toFixed(0)} %`,
    );
    if (reasons.length > 0) rows.push(["closed by", reasons.join("   ")]);
  }
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const table = rows.map(([name, value]) => `${name.padEnd(width)}${value}`.trimEnd());
  const bars = histogramLines(report.histogram, columns);
  const chart = bars.length === 0 ? [] : ["", "latency of answered calls", ...bars];
  return [...table, ...chart, ...warnings(report, isSample)].join("\n");
}

function failureRows({ failures, firstFailure }: BenchReport): (readonly [string, string])[] {
  const named = Object.entries(failures).map(([outcome, count]) => `${outcome} ${count}`);
  if (named.length === 0) return [];
  return [
    ["failed", named.join("   ")],
    ...(firstFailure === undefined ? [] : [["", oneLine(firstFailure)] as const]),
  ];
}

function latencyRows(name: string, latencies: Latencies): (readonly [string, string])[] {
  const { min, mean, p50, p90, p99, p999, max } = latencies;
  if (min === null) return [];
  const pairs = (values: Readonly<Record<string, number | null>>): string =>
    Object.entries(values)
      .map(([label, ms]) => `${label} ${fixed(ms ?? Number.NaN).padEnd(7)}`)
      .join(" ");
  return [
    [name, pairs({ p50, p90, p99, "p99.9": p999 })],
    ["", pairs({ min, mean, max })],
  ];
}

function warnings({ lateMs, answered, failures }: BenchReport, isSample: boolean): string[] {
  if (isSample && answered === 0 && WRONG_INPUT.some((status) => status in failures)) {
    return ["", "The input was a made-up sample: give one that the API accepts, by --data @file"];
  }
  const late = lateMs?.p50 ?? 0;
  if (late <= LATE_MS) return [];
  return [
    "",
    `Half of the calls were sent ${fixed(late)} ms late or more: this program, not the ` +
      "server, is the bottleneck. Lower the rate, or run it on another machine.",
  ];
}

/** A bar of the histogram: latencies of more than `leastMs`, up to `mostMs`. */
interface Bar {
  readonly leastMs: number;
  readonly mostMs: number;
  count: number;
}

/** Returns a bar for each class of latencies; each class is longer than the one before. */
export function histogramLines(classes: readonly LatencyClass[], columns: number): string[] {
  const bars = barsOf(classes);
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(...bars.map(({ count }) => count));
  const labels = bars.map(({ leastMs, mostMs }) => `${fixed(leastMs)} - ${fixed(mostMs)} ms`);
  const width = Math.max(0, ...labels.map(({ length }) => length));
  const room = Math.max(10, Math.min(60, columns - width - 12));
  return bars.map(({ count }, at) => {
    const label = (labels[at] ?? "").padStart(width);
    const share = `${((100 * count) / total).toFixed(1)} %`.padStart(7);
    return `${label} ${share} ${barOf((room * count) / most)}`.trimEnd();
  });
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** Returns a bar of a length in characters, drawn to an eighth of one. */
function barOf(length: number): string {
  const eighths = Math.round(length * 8);
  const bar = "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
  return bar === "" && length > 0 ? "▏" : bar;
}

function barsOf(classes: readonly LatencyClass[]): Bar[] {
  const [first, last] = [classes[0]?.mostMs, classes.at(-1)?.mostMs];
  if (first === undefined || last === undefined) return [];
  const least = first / 1.01;
  const lines = Math.max(1, Math.min(MAX_LINES, classes.length));
  const step = (last / least) ** (1 / lines);
  const bars = Array.from({ length: lines }, (_, at): Bar => {
    return { leastMs: least * step ** at, mostMs: least * step ** (at + 1), count: 0 };
  });
  for (const { mostMs, count } of classes) {
    const at = Math.floor(Math.log(mostMs / 1.005 / least) / Math.log(step));
    const bar = bars[Math.max(0, Math.min(lines - 1, at))];
    if (bar !== undefined) bar.count += count;
  }
  return bars;
}
