/** Random numbers for tests: `SEED` makes the same ones again. */
export const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

/** Runs a random test, and adds the seed that repeats it to whatever it fails with. */
export function seeded(work: (random: Random) => void): void;
export function seeded(work: (random: Random) => Promise<void>): Promise<void>;
export function seeded(work: (random: Random) => void | Promise<void>): void | Promise<void> {
  const fail = (error: unknown): never => {
    throw new Error(`It failed with SEED=${SEED}`, { cause: error });
  };
  try {
    return work(new Random(SEED))?.catch(fail);
  } catch (error) {
    return fail(error);
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

  /** A copy of bytes with a few of them changed, or cut. */
  mutated(bytes: Uint8Array): Uint8Array {
    const length = this.below(4) === 0 ? this.below(bytes.length) : bytes.length;
    const copy = bytes.slice(0, length);
    for (let changes = this.below(6); changes > 0; changes--) {
      copy[this.below(copy.length)] = this.below(256);
    }
    return copy;
  }
}
