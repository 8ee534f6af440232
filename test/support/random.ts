/** Random numbers for tests. A failure names its seed; the variable `SEED` repeats them. */
import { type Random as Source, seededRandom } from "../../src/random.ts";

/** The seed of this run. */
export const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

/** Runs a random test, and adds the seed to its failure. */
export function seeded(work: (random: Random) => void): void;
export function seeded(work: (random: Random) => Promise<void>): Promise<void>;
export function seeded(work: (random: Random) => void | Promise<void>): void | Promise<void> {
  try {
    return work(new Random(SEED))?.catch(fail);
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): never {
  throw new Error(`It failed with SEED=${SEED}`, { cause: error });
}

/** A sequence of random numbers. */
export class Random {
  /** Returns the next number, from 0 to below 1. */
  readonly next: Source;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  /** Returns a whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** Returns one of several values. */
  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** Returns a number of digits, of which the first is not 0. */
  digits(count: number): string {
    const rest = Array.from({ length: count - 1 }, () => this.below(10));
    return `${1 + this.below(9)}${rest.join("")}`;
  }

  /** Returns a copy of bytes with a few of them changed, or with its end cut off. */
  mutated(bytes: Uint8Array): Uint8Array {
    const length = this.below(4) === 0 ? this.below(bytes.length) : bytes.length;
    const copy = bytes.slice(0, length);
    for (let changes = this.below(6); changes > 0; changes--) {
      copy[this.below(copy.length)] = this.below(256);
    }
    return copy;
  }
}
