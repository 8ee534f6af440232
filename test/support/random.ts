/** Random numbers from a seed, which a test prints when it fails and takes to run again. */

/** The seed of this run: `TEST_SEED`, or another one each time. */
export const SEED = Number(process.env["TEST_SEED"] ?? Date.now() % 1_000_000);

/** What gives whole numbers from 0 below a bound (mulberry32); the same ones for the same seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Some bytes with a few of them changed, or cut. */
export function mutated(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const copy = bytes.slice(0, random(4) === 0 ? random(bytes.length) : bytes.length);
  for (let changes = random(6); changes > 0; changes--) copy[random(copy.length)] = random(256);
  return copy;
}
