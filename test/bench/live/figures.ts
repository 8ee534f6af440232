/** The figures of a benchmark: of the calls of a flow, medians of several runs, and their lines. */
import { quantile } from "../open-loop.ts";
import { type Ended, isRefused } from "./flow.ts";

/** Named figures. The names say the units. */
export type Figures = Readonly<Record<string, number>>;

/** The figures of one line of a table. */
export interface Line {
  readonly name: string;
  readonly figures: Figures;
  /** The figures that are wanted. */
  readonly target?: string;
}

/** Returns the figures of calls that had a deadline. */
export function figuresOf(
  ended: readonly Ended[],
  { deadlineMs, seconds, capacity }: { deadlineMs: number; seconds: number; capacity: number },
): Figures {
  const answered = ended.filter(({ status }) => status === 200);
  const inTime = answered.filter(({ ms }) => ms <= deadlineMs).length;
  const refused = ended.filter(isRefused);
  const share = (part: number, of: number): number => (of === 0 ? Number.NaN : (100 * part) / of);
  return {
    "goodput/capacity": inTime / seconds / capacity,
    "in time %": share(inTime, ended.length),
    "late % of answers": share(answered.length - inTime, answered.length),
    "refused %": share(refused.length, ended.length),
    "refused in 5 ms %": share(refused.filter(({ ms }) => ms <= 5).length, refused.length),
    ...times(answered),
    "other %": share(ended.length - answered.length - refused.length, ended.length),
  };
}

/** Returns the quantiles of times. */
export function times(ended: readonly Ended[]): Figures {
  const ms = ended.map((each) => each.ms);
  return { p50: quantile(0.5, ms), p99: quantile(0.99, ms) };
}

/** Returns the answers per second between two times after the start, in milliseconds. */
export function rateOf(ended: readonly Ended[], fromMs: number, toMs: number): number {
  const between = ended.filter(({ at, ms }) => at + ms >= fromMs && at + ms < toMs);
  return (1000 * between.filter(({ status }) => status === 200).length) / (toMs - fromMs);
}

/** Merges the lines of several runs: each figure becomes its median. */
export function medians(runs: readonly (readonly Line[])[]): Line[] {
  return (runs[0] ?? []).map((line, at) => {
    const median = (name: string): number => {
      const values = runs.map((run) => run[at]?.figures[name] ?? Number.NaN);
      return quantile(
        0.5,
        values.filter((value) => !Number.isNaN(value)),
      );
    };
    const names = Object.keys(line.figures);
    return { ...line, figures: Object.fromEntries(names.map((name) => [name, median(name)])) };
  });
}

/** Returns a line as text. */
export function textOf({ name, figures, target }: Line): string {
  const shown = Object.entries(figures).map(([key, value]) => `${key} ${short(value)}`);
  return `${name.padEnd(34)} ${shown.join(", ")}${target ? `  [wanted: ${target}]` : ""}`;
}

function short(value: number): string {
  if (Number.isNaN(value)) return "-";
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(3).replace(/0$/, "");
}
