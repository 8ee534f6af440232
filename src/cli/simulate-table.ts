/**
 * The report of `ekiben simulate` as a table.
 * @module
 */

import type { SimulationReport } from "../simulator/report.ts";

/** Returns a line for each result. */
export function table(report: SimulationReport): string {
  const { latencyMs: latency, batches } = report;
  const reasons = Object.entries(batches.reasons)
    .filter(([, times]) => times > 0)
    .map(([reason, times]) => `${reason} ${share(times, batches.count)}`);
  const rows: readonly (readonly [string, string])[] = [
    ["calls", `${report.arrivals} in ${fixed(report.seconds)} s`],
    ["answered", `${report.answered}   shed ${report.shed}   failed ${report.failed}`],
    ["shed share", share(report.shed, report.arrivals)],
    ["throughput", `${fixed(report.throughput)} calls/s`],
    ["goodput", `${fixed(report.goodput)} calls/s in time`],
    ["latency ms", `p50 ${fixed(latency.p50)}   p90 ${fixed(latency.p90)}`],
    ["", `p99 ${fixed(latency.p99)}   max ${fixed(latency.max)}`],
    ["batches", `${batches.count} of ${fixed(batches.meanRows)} rows on average`],
    ["closed by", reasons.join("   ")],
    ...histogram(report).map(
      ([what, value], at) => [at === 0 ? "rows" : "", `${what}${value}`] as const,
    ),
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)}${value}`.trimEnd()).join("\n");
}

/** Returns batch sizes in classes that double: 1, 2, 3-4, 5-8 … */
function histogram({ batches }: SimulationReport): [string, string][] {
  const classes = new Map<number, number>();
  for (const { rows, batches: times } of batches.sizes) {
    const most = 2 ** Math.ceil(Math.log2(Math.max(1, rows)));
    classes.set(most, (classes.get(most) ?? 0) + times);
  }
  return [...classes].map(([most, times]) => {
    const least = most / 2 + 1;
    const name = most <= 2 ? `${most}` : `${least}-${most}`;
    const bar = "#".repeat(Math.ceil((30 * times) / batches.count));
    return [name.padEnd(10), `${share(times, batches.count).padEnd(8)}${bar}`];
  });
}

function share(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)} %`;
}

/** Returns a number with three significant digits. */
function fixed(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
