/** Row: one row of the table, and what it measures. */
import type { RuntimeName } from "../runtimes.ts";
import type { Spread } from "./spread.ts";

/** The settings of the command line, for every row. */
export interface Settings {
  readonly runtimes: readonly RuntimeName[];
  /** The time under load of a variant in a round, in seconds. */
  readonly seconds: number;
  /** The number of rounds, in each of which every variant is measured once. */
  readonly rounds: number;
  /** A Python that has Pillow; undefined for one in the cache directory. */
  readonly python: string | undefined;
}

export interface Row {
  /** Its name on the command line. */
  readonly name: string;
  readonly title: string;
  run(settings: Settings): Promise<readonly Result[]>;
}

/** The bound to reach. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** Ours ÷ theirs, ours − theirs, or ours alone. */
export type Made = "ratio" | "difference" | "ours";

/** The figures of two variants, and their ratio or difference. */
export interface Result {
  /** The case within the row, such as a runtime. */
  readonly label: string;
  /** The names of the two variants. */
  readonly names: readonly [ours: string, theirs: string];
  /** The unit of the two figures, such as `/s`. */
  readonly unit: string;
  readonly ours: Spread;
  readonly theirs: Spread;
  readonly made: Made;
  /** The ratio or the difference in each round, which is to reach the target. */
  readonly value: Spread;
  /** Undefined for figures without a bound. */
  readonly target: Target | undefined;
  /** The server's processor time of a call or start; undefined where there is no server. */
  readonly cpuUs: readonly [ours: Spread, theirs: Spread] | undefined;
}
