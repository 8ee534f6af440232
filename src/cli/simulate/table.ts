/**
 * The report of `ekiben simulate` as a table.
 * @module
 */

import type { BatchesReport, CallsReport, SimulationReport } from "../../simulator/report.ts";
import { fixed } from "../figures.ts";

type Rows = (readonly [name: string, value: string])[];

/** Returns a line for each result. */
export function table({ seconds, total, groups, methods }: SimulationReport): string {
  const rows: Rows = [["calls", `${total.calls} in ${fixed(seconds)} s`], ...callsRows(total)];
  const [first, ...others] = Object.entries(methods);
  if (others.length === 0 && first !== undefined) rows.push(...batchRows(first[1]));
  if (groups.length > 1) {
    for (const group of groups) {
      rows.push(["", ""], [`group ${group.name}`, `${group.calls} calls`], ...callsRows(group));
    }
  }
  if (others.length > 0) {
    for (const [name, batches] of Object.entries(methods)) {
      rows.push(["", ""], [`method ${name}`, ""], ...batchRows(batches));
    }
  }
  const width = Math.max(11, ...rows.map(([name]) => name.length)) + 1;
  return rows.map(([name, value]) => `${name.padEnd(width)}${value}`.trimEnd()).join("\n");
}

function callsRows(calls: CallsReport): Rows {
  const { answered, refused, late, expired, left, failed, latencyMs, refusalMs } = calls;
  const others = Object.entries({ expired, left, failed })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `   ${name} ${count}`);
  const rows: Rows = [
    ["answered", `${answered}   late ${late}   refused ${refused}${others.join("")}`],
    ["in time", share(calls.inTime, calls.calls)],
    ["throughput", `${fixed(calls.throughput)} calls/s`],
    ["goodput", `${fixed(calls.goodput)} calls/s in time`],
    ["latency ms", `p50 ${fixed(latencyMs.p50)}   p90 ${fixed(latencyMs.p90)}`],
    ["", `p99 ${fixed(latencyMs.p99)}   max ${fixed(latencyMs.max)}`],
  ];
  if (refused + expired > 0) {
    const soon = `${(100 * calls.refusedSoonShare).toFixed(1)} % within 5 ms`;
    rows.push(["refused", `${soon}   p50 ${fixed(refusalMs.p50)}   p99 ${fixed(refusalMs.p99)}`]);
  }
  return rows;
}

function batchRows(batches: BatchesReport): Rows {
  const { count, meanRows, rowsComputed, rowsAnswered, paddedUnits, realUnits } = batches;
  const reasons = Object.entries(batches.reasons).map(
    ([reason, times]) => `${reason} ${share(times, count)}`,
  );
  const rows: Rows = [
    ["batches", `${count} of ${fixed(meanRows)} rows on average`],
    ...(reasons.length > 0 ? [["closed by", reasons.join("   ")] as const] : []),
    ["computed", `${rowsComputed} rows   for nobody ${rowsComputed - rowsAnswered}`],
  ];
  if (paddedUnits > realUnits && realUnits > 0) {
    rows.push(["padding", `${fixed(paddedUnits / realUnits)} x the weight of the rows`]);
  }
  return [
    ...rows,
    ...histogram(batches).map(
      ([what, value], at) => [at === 0 ? "rows" : "", `${what}${value}`] as const,
    ),
  ];
}

/** Returns batch sizes in classes that double: 1, 2, 3-4, 5-8 … */
function histogram({ sizes, count }: BatchesReport): [string, string][] {
  const classes = new Map<number, number>();
  for (const { rows, batches: times } of sizes) {
    const most = 2 ** Math.ceil(Math.log2(Math.max(1, rows)));
    classes.set(most, (classes.get(most) ?? 0) + times);
  }
  return [...classes].map(([most, times]) => {
    const least = most / 2 + 1;
    const name = most <= 2 ? `${most}` : `${least}-${most}`;
    const bar = "#".repeat(Math.ceil((30 * times) / count));
    return [name.padEnd(10), `${share(times, count).padEnd(8)}${bar}`];
  });
}

function share(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)} %`;
}
