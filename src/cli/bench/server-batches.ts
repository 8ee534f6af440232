/**
 * The batches that a server ran during a benchmark, from its metrics before and after.
 * @module
 */

/** The longest wait for the metrics, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Counters of a server by name, summed over their series, but for the reasons of batches. */
export interface ServerCounts {
  readonly batches: number;
  readonly rows: number;
  readonly byReason: Readonly<Record<string, number>>;
}

/** The batches of a benchmark. */
export interface BatchesReport {
  readonly count: number;
  readonly meanRows: number;
  /** The share of batches by why they had no more rows, from 0 to 1. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** Reads the counters; undefined for a server that does not show them. */
export async function readCounts(
  base: string,
  headers: Readonly<Record<string, string>>,
): Promise<ServerCounts | undefined> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`${base}/metrics`, {
      headers: { ...headers, accept: "text/plain" },
      signal,
    });
    return response.ok ? countsIn(await response.text()) : undefined;
  } catch {
    return undefined; // a benchmark of calls needs no metrics
  }
}

const SAMPLE =
  /^(ekiben_batch_rows_sum|ekiben_batch_rows_count|ekiben_batches_total)(?:\{(.*)\})? (\S+)/;

/** Returns the counters in the text format of Prometheus. */
export function countsIn(text: string): ServerCounts {
  let [batches, rows] = [0, 0];
  const byReason: Record<string, number> = {};
  for (const line of text.split("\n")) {
    const [, name, labels = "", number = ""] = SAMPLE.exec(line) ?? [];
    const value = Number(number);
    if (name === "ekiben_batch_rows_sum") rows += value;
    if (name === "ekiben_batch_rows_count") batches += value;
    if (name !== "ekiben_batches_total") continue;
    const [, reason = "other"] = /reason="([^"]*)"/.exec(labels) ?? [];
    byReason[reason] = (byReason[reason] ?? 0) + value;
  }
  return { batches, rows, byReason };
}

/** Returns the batches between two readings; undefined for none. */
export function batchesBetween(
  before: ServerCounts | undefined,
  after: ServerCounts | undefined,
): BatchesReport | undefined {
  if (before === undefined || after === undefined) return undefined;
  const count = after.batches - before.batches;
  if (!(count > 0)) return undefined;
  const reasons = Object.entries(after.byReason)
    .map(([reason, total]) => [reason, total - (before.byReason[reason] ?? 0)] as const)
    .filter(([, times]) => times > 0);
  const all = reasons.reduce((sum, [, times]) => sum + times, 0);
  return {
    count,
    meanRows: (after.rows - before.rows) / count,
    reasons: Object.fromEntries(reasons.map(([reason, times]) => [reason, times / all])),
  };
}
