/**
 * The report of a simulation, and the counts that it is made from.
 * @module
 */

/** The percentiles of times, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
}

/**
 * The end of a call, as its client sees it:
 * - `answered`: it has the answer, in time or late;
 * - `refused`: the server had no time for it, or no room in its queue (503);
 * - `expired`: its deadline passed while it waited or ran (504);
 * - `left`: the client did not wait any longer;
 * - `failed`: any other error.
 */
export type Outcome = "answered" | "refused" | "expired" | "left" | "failed";

/** A call that has ended. */
export interface EndedCall {
  readonly group: string;
  readonly method: string;
  readonly rows: number;
  /** The time at which it was to be sent, in milliseconds from the start of the load. */
  readonly sentAt: number;
  /** The time from then until its client knew the end, in milliseconds. */
  readonly ms: number;
  readonly outcome: Outcome;
  readonly isInTime: boolean;
}

/** The outcome of the calls of a group, or of all. */
export interface CallsReport {
  readonly name: string;
  /** The calls sent. Each is answered, refused, expired, left or failed. */
  readonly calls: number;
  readonly answered: number;
  readonly refused: number;
  readonly expired: number;
  readonly left: number;
  readonly failed: number;
  /** Calls answered within the goal of their group, and later. */
  readonly inTime: number;
  readonly late: number;
  /** The calls answered per second, and those of them that were in time. */
  readonly throughput: number;
  readonly goodput: number;
  /** Shares of the calls, 0 to 1. */
  readonly inTimeShare: number;
  readonly refusedShare: number;
  /** The share of the answers that were late. */
  readonly lateShare: number;
  /** The share of the calls refused or expired whose client knew it within 5 ms. */
  readonly refusedSoonShare: number;
  /** From the time to send a call to its answer, of calls that were answered. */
  readonly latencyMs: Percentiles;
  /** The same of calls that were refused or expired. */
  readonly refusalMs: Percentiles;
}

/** The batches of a method; for a method that is not batched, its calls. */
export interface BatchesReport {
  readonly count: number;
  readonly meanRows: number;
  /** The number of batches for each number of rows, in ascending order. */
  readonly sizes: readonly { readonly rows: number; readonly batches: number }[];
  /** The number of batches by the reason for closing them. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly runMs: Percentiles;
  /** The rows that were computed, and those of them whose answer a client received. */
  readonly rowsComputed: number;
  readonly rowsAnswered: number;
  /** The units computed with padding, and without. */
  readonly paddedUnits: number;
  readonly realUnits: number;
}

/** The outcome of a load. */
export interface SimulationReport {
  /** From the first moment to the last end of a call. */
  readonly seconds: number;
  readonly total: CallsReport;
  readonly groups: readonly CallsReport[];
  readonly methods: Readonly<Record<string, BatchesReport>>;
}

/** The longest time of a refusal that is "at once". */
const SOON_MS = 5;

/** Half a nanosecond allows for the rounding of sums of times. */
export const ROUNDING_MS = 5e-7;

/** Counts calls. */
export class CallTally {
  readonly #name: string;
  readonly #answeredMs: number[] = [];
  readonly #refusedMs: number[] = [];
  readonly #ends: Record<Outcome, number> = {
    ...{ answered: 0, refused: 0, expired: 0, left: 0, failed: 0 },
  };
  #inTime = 0;

  constructor(name: string) {
    this.#name = name;
  }

  add({ outcome, ms, isInTime }: EndedCall): void {
    this.#ends[outcome] += 1;
    if (outcome === "answered") this.#answeredMs.push(ms);
    if (outcome === "refused" || outcome === "expired") this.#refusedMs.push(ms);
    if (isInTime) this.#inTime += 1;
  }

  /** The calls that have ended. */
  get ended(): number {
    return Object.values(this.#ends).reduce((sum, calls) => sum + calls, 0);
  }

  report(seconds: number): CallsReport {
    const { answered, refused } = this.#ends;
    const calls = this.ended;
    const inTime = this.#inTime;
    const soon = this.#refusedMs.filter((ms) => ms <= SOON_MS).length;
    return {
      name: this.#name,
      calls,
      ...this.#ends,
      inTime,
      late: answered - inTime,
      throughput: ratio(answered, seconds),
      goodput: ratio(inTime, seconds),
      inTimeShare: ratio(inTime, calls),
      refusedShare: ratio(refused, calls),
      lateShare: ratio(answered - inTime, answered),
      refusedSoonShare: this.#refusedMs.length === 0 ? 1 : ratio(soon, this.#refusedMs.length),
      latencyMs: percentiles(this.#answeredMs),
      refusalMs: percentiles(this.#refusedMs),
    };
  }
}

/** Counts the batches of a method. */
export class BatchTally {
  readonly #sizes = new Map<number, number>();
  readonly #runMs: number[] = [];
  #rowsComputed = 0;
  #paddedUnits = 0;
  #realUnits = 0;
  /** The rows of calls whose clients have received the answer. */
  rowsAnswered = 0;

  /** @param realUnits the sum of the weights of its rows, without padding */
  add(rows: number, units: number, realUnits: number, ms: number): void {
    this.#sizes.set(rows, (this.#sizes.get(rows) ?? 0) + 1);
    this.#runMs.push(ms);
    this.#rowsComputed += rows;
    this.#paddedUnits += units;
    this.#realUnits += realUnits;
  }

  report(reasons: Readonly<Record<string, number>>): BatchesReport {
    const sizes = [...this.#sizes]
      .sort(([one], [other]) => one - other)
      .map(([rows, batches]) => ({ rows, batches }));
    const count = this.#runMs.length;
    return {
      count,
      meanRows: ratio(this.#rowsComputed, count),
      sizes,
      reasons,
      runMs: percentiles(this.#runMs),
      rowsComputed: this.#rowsComputed,
      rowsAnswered: this.rowsAnswered,
      paddedUnits: this.#paddedUnits,
      realUnits: this.#realUnits,
    };
  }
}

/** Returns the percentiles by the nearest rank; all 0 when there are no values. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  const sum = sorted.reduce((total, value) => total + value, 0);
  const mean = ratio(sum, sorted.length);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1), mean };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
