/** Random numbers for tests: `SEED` makes the same ones again. */
export const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

/** Adds how to repeat a random test to whatever it fails with. */
export function seeded(work: (random: Random) => void): void {
  try {
    work(new Random(SEED));
  } catch (error) {
    throw new Error(`It failed with SEED=${SEED}`, { cause: error });
  }
}

/** A sequence of random numbers (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** One of several. */
  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** So many digits, the first one not 0. */
  digits(count: number): string {
    const rest = Array.from({ length: count - 1 }, () => this.below(10));
    return `${1 + this.below(9)}${rest.join("")}`;
  }
}
