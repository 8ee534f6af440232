/** compare(): the result of two variants of a row. */

import { type Figures, figure } from "./rounds.ts";
import type { Made, Result, Target } from "./row.ts";
import { paired, spread } from "./spread.ts";

/** The case, and the figure by which its variants are compared. */
export interface Comparison {
  readonly label: string;
  readonly names: readonly [ours: string, theirs: string];
  /** The figure, and its unit. */
  readonly figure: string;
  readonly unit: string;
  /** Default: the ratio. */
  readonly made?: Made;
  readonly target: Target | undefined;
}

const MAKE: Readonly<Record<Made, (ours: number, theirs: number) => number>> = {
  ratio: (ours, theirs) => ours / theirs,
  difference: (ours, theirs) => ours - theirs,
  ours: (ours) => ours,
};

/** Compares a figure of two variants, round by round. */
export function compare(
  ours: readonly Figures[],
  theirs: readonly Figures[],
  { figure: name, made = "ratio", ...rest }: Comparison,
): Result {
  const [our, their] = [figure(ours, name), figure(theirs, name)];
  const cpu = [ours, theirs].map((rounds) => spread(figure(rounds, "cpuUs")));
  const [ourCpu, theirCpu] = cpu;
  const hasCpu = [...ours, ...theirs].every((figures) => "cpuUs" in figures);
  return {
    ...rest,
    ours: spread(our),
    theirs: spread(their),
    value: paired(our, their, MAKE[made]),
    made,
    cpuUs: hasCpu && ourCpu && theirCpu ? [ourCpu, theirCpu] : undefined,
  };
}
