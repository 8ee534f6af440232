/**
 * ArrivalRates: the rates at which units arrive, by the time that their calls have.
 * @module
 */

/** The classes of times: powers of two, from a quarter of a millisecond to 24 days. */
const CLASSES = 34;
const FIRST_LOG2 = -2;
/** The times up to this multiple of one count as no longer: calls of one kind differ a little. */
const SAME_LOG2 = 0.5;
/** The longest time for which the sums are used, in milliseconds. */
const SUMMED_MS = 2;

/** Rates that decay exponentially. */
export class ArrivalRates {
  readonly #rates = new Float64Array(CLASSES);
  /** The rate of each class and all before it. */
  readonly #sums = new Float64Array(CLASSES);
  #decayedAt = Number.NEGATIVE_INFINITY;
  #summedAt = Number.NEGATIVE_INFINITY;
  /** The time over which arrivals are counted, in milliseconds. */
  spanMs: number;

  constructor(spanMs: number) {
    this.spanMs = spanMs;
  }

  /** Adds units that arrive now, of a call that has `leftMs` milliseconds. */
  add(units: number, leftMs: number, now: number): void {
    this.#decay(now);
    const at = classOf(leftMs);
    this.#rates[at] = (this.#rates[at] ?? 0) + units / this.spanMs;
  }

  /** Returns the units a millisecond of calls that have no more than about `leftMs` ms. */
  within(leftMs: number, now: number): number {
    if (now - this.#summedAt > SUMMED_MS) this.#sum(now);
    return this.#sums[classOf(leftMs * 2 ** SAME_LOG2)] ?? 0;
  }

  #sum(now: number): void {
    this.#decay(now);
    this.#summedAt = now;
    let sum = 0;
    for (let at = 0; at < CLASSES; at++) {
      sum += this.#rates[at] ?? 0;
      this.#sums[at] = sum;
    }
  }

  #decay(now: number): void {
    if (now === this.#decayedAt) return;
    const kept = Math.exp((this.#decayedAt - now) / this.spanMs);
    this.#decayedAt = now;
    for (let at = 0; at < CLASSES; at++) this.#rates[at] = (this.#rates[at] ?? 0) * kept;
  }
}

function classOf(leftMs: number): number {
  const at = Math.floor(Math.log2(Math.max(0, leftMs))) - FIRST_LOG2;
  return Math.min(CLASSES - 1, Math.max(0, at));
}
