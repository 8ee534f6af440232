/**
 * The figures that batching has to reach, in virtual time, in one run.
 *
 *     bun test/bench/batching-table.ts [--seed N] [words of the rows to run ...]
 *
 * Prints a line for each figure: its value, the target, and the cases that it is the worst of. The
 * synthetic model takes 1 ms a row and 5 ms a batch of at most 32 rows, which differ by 5 %: 865
 * calls a second on one worker. Times are those that clients see over HTTP. Exits with 1 if a
 * target is missed.
 */
import process from "node:process";
import { off } from "../../src/runner/batching/batch-options.ts";
import {
  beside,
  CAPACITY,
  computedForSomebody,
  DISTURBANCES,
  everywhere,
  type Found,
  politeness,
  recovery,
  STATED,
  soonShare,
  synthetic,
  worst,
} from "./batching-loads.ts";
import { convexClosed, convexOpen, countBased, oneByOne } from "./batching-models.ts";
import { scheduling } from "./scheduling.ts";
import { words } from "./seed.ts";

interface Figure {
  readonly what: string;
  readonly target: number;
  /** True if the value may be at most the target. */
  readonly isMost?: boolean;
  measure(): Promise<Found>;
}

const one = (name: string, measure: () => Promise<number>) => () => worst([[name, measure]]);

const figures: readonly Figure[] = [
  {
    what: "goodput by capacity: deadline 50 ms, load 3",
    target: 0.9,
    measure: synthetic(3, 50, ({ goodput }) => goodput / CAPACITY),
  },
  {
    what: "in time: deadline 50 ms, load 0.9",
    target: 0.97,
    measure: synthetic(0.9, 50, ({ inTimeShare }) => inTimeShare),
  },
  {
    what: "in time: deadline 20 ms, load 0.7",
    target: 0.85,
    measure: synthetic(0.7, 20, ({ inTimeShare }) => inTimeShare),
  },
  {
    what: "late answers, of all answers",
    target: 0.02,
    isMost: true,
    measure: everywhere(({ lateShare }) => lateShare, true),
  },
  {
    what: "refused within 5 ms",
    target: 0.95,
    measure: everywhere(soonShare, false, {
      adaptive: undefined,
      off: off(),
    }),
  },
  {
    what: "small method beside an overloaded one, in time",
    target: 0.98,
    measure: () =>
      worst([
        ["batched", beside("batched", 2_000)],
        ["plain", beside("plain", 300)],
      ]),
  },
  {
    what: "polite caller's p99 by its own alone",
    target: 3,
    isMost: true,
    measure: one("1,000 parallel calls", politeness),
  },
  {
    what: "rate after a disturbance by that before",
    target: 0.95,
    measure: () =>
      worst(
        Object.entries(DISTURBANCES).flatMap(([name, [endsAtMs, given]]) =>
          STATED.map((how) => [`${name}, ${how}`, recovery(how, endsAtMs, given)] as const),
        ),
      ),
  },
  {
    what: "rows computed that were answered, impatient callers",
    target: 0.95,
    measure: one("load 1.15, 300 ms", computedForSomebody),
  },
  {
    what: "convex cost, by the best fixed size",
    target: 0.97,
    measure: () =>
      worst([
        ["32 callers", convexClosed(32)],
        ["128 callers", convexClosed(128)],
        ["load 0.9, 200 ms", convexOpen(0.9, 200)],
        ["load 3, 200 ms", convexOpen(3, 200)],
      ]),
  },
  {
    what: "mixed lengths, 32 callers, by one by one",
    target: 1,
    measure: one("MiniLM", oneByOne),
  },
  {
    what: "mixed lengths, 32 callers, by 32 at a time",
    target: 2.5,
    measure: one("MiniLM", countBased),
  },
  {
    what: "processor time of a call in the scheduler, µs",
    target: 3,
    isMost: true,
    measure: () => worst([["100,000 calls in batches of 32", scheduling]]),
  },
];

console.log(`${"".padEnd(54)}${"value".padStart(8)}${"target".padStart(9)}`);
for (const { what, target, isMost = false, measure } of figures) {
  if (words.length > 0 && !words.some((word) => what.includes(word))) continue;
  const { value, worst: name } = await measure();
  const isMet = isMost ? value <= target : value >= target;
  if (!isMet) process.exitCode = 1;
  const sign = `${isMost ? "<=" : ">="} ${target}`;
  const cells = [what.padEnd(54), value.toFixed(3).padStart(8), sign.padStart(9)];
  console.log(`${cells.join("")}  ${isMet ? "  " : "no"}  ${name}`);
}
