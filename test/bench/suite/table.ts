/** Results as a table of Markdown. */
import type { Result, Target } from "./row.ts";
import type { Spread } from "./spread.ts";

export const HEADER = [
  "| case | ours | theirs | ratio (lowest to highest) | to reach | CPU of a call |",
  "|---|---|---|---|---|---|",
].join("\n");

/** Returns the line of a result. */
export function lineOf(result: Result): string {
  const { label, names, unit, ours, theirs, made, value, target, cpuUs } = result;
  const show = (name: string, { median }: Spread): string => `${name} ${short(median)} ${unit}`;
  const between = `(${short(value.min)} to ${short(value.max)})`;
  const sign = made === "ratio" ? " ×" : ` ${unit}`;
  const cells = [
    label,
    show(names[0], ours),
    show(names[1], theirs),
    `**${short(value.median)}${sign}** ${between}`,
    target === undefined ? "" : targetText(target, value.median),
    cpuUs === undefined ? "" : cpuText(...cpuUs),
  ];
  return `| ${cells.join(" | ")} |`;
}

function targetText(target: Target, median: number): string {
  const [sign, bound, isReached] =
    "atLeast" in target
      ? (["≥", target.atLeast, median >= target.atLeast] as const)
      : (["≤", target.atMost, median <= target.atMost] as const);
  return `${sign} ${bound}: ${isReached ? "reached" : "no"}`;
}

function cpuText(ours: Spread, theirs: Spread): string {
  const [unit, us] = theirs.median < 10_000 ? ["µs", 1] : ["ms", 1000];
  const ratio = short(ours.median / theirs.median);
  return `${short(ours.median / us)} / ${short(theirs.median / us)} ${unit}, ${ratio} ×`;
}

/** Returns a number with about three digits. */
function short(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
