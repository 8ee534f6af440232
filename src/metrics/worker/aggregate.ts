/**
 * Aggregate: what becomes of a gauge that several workers report, in the words of Python's
 * multiprocess mode.
 * @module
 */

/**
 * `all`: each worker's value by itself, with a label `worker` such as `digits/1`: the runner's name
 * and the worker's index. A value of the main thread has no such label. `sum`, `min`, `max`: over
 * all workers; `mostrecent`: the value that was set last. Those that begin with `live` leave out
 * workers that have ended; the others keep a worker's last value until its replacement reports.
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

/** See `AGGREGATES`. */
export type Aggregate = (typeof AGGREGATES)[number];

/** What one worker, or the main thread, says of a gauge. */
export interface Report {
  readonly value: number;
  /** When it was set, in milliseconds since 1970; 0 where it has never been. */
  readonly setAtMs: number;
}

/** Whether the values of workers that are gone count no more. */
export function isLive(aggregate: Aggregate): boolean {
  return aggregate.startsWith("live");
}

/** Whether each worker has a series of its own. */
export function isPerWorker(aggregate: Aggregate): boolean {
  return aggregate === "all" || aggregate === "liveall";
}

/** One value of many; `undefined` of none. */
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
