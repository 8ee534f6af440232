/**
 * Aggregate: the ways to combine the values that several workers report for a gauge, named as in
 * Python's multiprocess mode.
 * @module
 */

/**
 * - `all`: each worker's value alone, with a label `worker` such as `digits/1` (the runner's name
 *   and the worker's index). The value of the main thread has no such label.
 * - `sum`, `min`, `max`: one value over all workers.
 * - `mostrecent`: the value that was set last.
 *
 * Those that begin with `live` leave out workers that have ended. The others keep a worker's last
 * value until its replacement reports.
 */
export const AGGREGATES = [
  "all",
  "liveall",
  "sum",
  "livesum",
  "min",
  "livemin",
  "max",
  "livemax",
  "mostrecent",
  "livemostrecent",
] as const;

/** A way to combine the values of workers; see `AGGREGATES`. */
export type Aggregate = (typeof AGGREGATES)[number];

/** The value of a gauge in one worker, or in the main thread. */
export interface Report {
  readonly value: number;
  /** The time at which it was set, in milliseconds since 1970; 0 if it never was. */
  readonly setAtMs: number;
}

/** Returns true if the values of workers that have ended are left out. */
export function isLive(aggregate: Aggregate): boolean {
  return aggregate.startsWith("live");
}

/** Returns true if each worker has a series of its own. */
export function isPerWorker(aggregate: Aggregate): boolean {
  return aggregate === "all" || aggregate === "liveall";
}

/** Combines values into one; `undefined` for none. */
export function combine(aggregate: Aggregate, reports: readonly Report[]): number | undefined {
  const [first, ...rest] = reports;
  if (first === undefined) return undefined;
  const values = reports.map(({ value }) => value);
  switch (aggregate) {
    case "sum":
    case "livesum":
      return values.reduce((sum, value) => sum + value, 0);
    case "min":
    case "livemin":
      return values.reduce((least, value) => Math.min(least, value));
    case "max":
    case "livemax":
      return values.reduce((most, value) => Math.max(most, value));
    default:
      return rest.reduce((last, next) => (next.setAtMs >= last.setAtMs ? next : last), first).value;
  }
}
