/** Rounds: each variant is measured once a round, every other round in reverse order. */

/** Named figures of one variant in one round. */
export type Figures = Readonly<Record<string, number>>;

/** The figures of all rounds, by variant. */
export type Rounds<V extends string> = Readonly<Record<V, readonly Figures[]>>;

/** Measures variants in turns. */
export async function alternate<V extends string>(
  variants: Readonly<Record<V, () => Promise<Figures>>>,
  rounds: number,
): Promise<Rounds<V>> {
  const names = Object.keys(variants) as V[];
  const all = Object.fromEntries(names.map((name) => [name, [] as Figures[]]));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      all[name]?.push(await variants[name]());
    }
  }
  return all as Record<V, Figures[]>;
}

/** Returns one figure of a variant in all rounds. */
export function figure(rounds: readonly Figures[], name: string): readonly number[] {
  return rounds.map((figures) => figures[name] ?? Number.NaN);
}
