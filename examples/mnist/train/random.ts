// biome-ignore-all lint/style/noNonNullAssertion: shuffle() indexes `items` only with
// 0 <= j <= i < items.length, because random() < 1.

/** Returns the next number of a sequence that is uniform in [0, 1). */
export type Random = () => number;

/**
 * mulberry32, Tommy Ettinger's public-domain 32-bit generator: the same seed gives the same
 * sequence on every engine, because it uses integer arithmetic only.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * One draw from the standard normal distribution, by Box and Muller, "A Note on the Generation
 * of Random Normal Deviates" (1958): sqrt(-2 ln u) cos(2 pi v), with u in (0, 1].
 */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Fisher and Yates' shuffle, in place (Knuth, The Art of Computer Programming 2, 3.4.2 P). */
export function shuffle<Item>(items: Item[], random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const item = items[i]!;
    items[i] = items[j]!;
    items[j] = item;
  }
}
