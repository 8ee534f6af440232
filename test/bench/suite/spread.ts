/** Spread: the median of a few rounds, with the lowest and the highest. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  return { median: (low + high) / 2, min: sorted[0] ?? low, max: sorted.at(-1) ?? high };
}

/** Returns the spread of a function of two variants' figures in each round. */
export function paired(
  ours: readonly number[],
  theirs: readonly number[],
  of: (ours: number, theirs: number) => number,
): Spread {
  return spread(ours.map((value, round) => of(value, theirs[round] ?? Number.NaN)));
}
