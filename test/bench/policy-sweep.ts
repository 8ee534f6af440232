/**
 * The adaptive strategy against fixed windows and fixed sizes, in virtual time.
 *
 *     bun test/bench/policy-sweep.ts [--calls 3000] [--seed 1] [--workers 1,2] [names of costs ...]
 *
 * Every strategy gets the same Poisson arrivals, of 30 to 120 % of the capacity and of three times
 * it, at deadlines of 2, 4 and 10 times a batch of the best size; batches of one size differ by
 * 5 %. Goodput counts the calls answered within the deadline. A fixed size is the adaptive strategy
 * with that `maxBatchSize`. Prints a verdict on each criterion, and exits with 1 if one is not met.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { seededRandom } from "../../src/random.ts";
import { type BatchOptions, fixedWindow } from "../../src/runner/batching/batch-options.ts";
import { poisson } from "../../src/simulator/arrivals.ts";
import { type Cost, convex, flat, linear, padded, steps } from "../../src/simulator/cost.ts";
import type { Distribution } from "../../src/simulator/distribution.ts";
import type { CallsReport } from "../../src/simulator/report.ts";
import { NO_COSTS, simulate } from "../../src/simulator/simulate.ts";
import { Criterion } from "./criterion.ts";

/** A cost, and the weights of rows. */
interface Curve {
  readonly cost: Cost;
  readonly weight?: Distribution;
  /** The mean weight. */
  readonly mean?: number;
}

const CURVES: Readonly<Record<string, Curve>> = {
  flat: { cost: flat({ b: 10 }) },
  rows: { cost: linear({ a: 0.5, b: 0.1 }) },
  linear: { cost: linear({ a: 0.5, b: 5 }) },
  batch: { cost: linear({ a: 0.1, b: 10 }) },
  convex: { cost: convex({ a: 1, b: 1, from: 8, growth: 0.3 }) },
  jumping: { cost: steps({ a: 0.6, b: 3, multiple: 8 }) },
  padded: {
    cost: padded({ a: 0.1, b: 2, c: 0.0005 }),
    weight: { uniform: [4, 60] },
    mean: 32,
  },
};

const MAX_SIZE = 50;
const WINDOWS = [0, 1, 2, 5, 10, 20, 50];
const SIZES = [1, 2, 4, 8, 16, 32];
const DEADLINES = [2, 4, 10];
const LOADS = [0.3, 0.6, 0.8, 0.9, 1, 1.2];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    calls: { type: "string", default: "3000" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "1,2" },
  },
});
const [calls, seed] = [Number(values.calls), Number(values.seed)];
const names = positionals.length > 0 ? positionals : Object.keys(CURVES);

interface Setup {
  readonly curve: Curve;
  readonly workers: number;
  readonly deadlineMs: number;
}

const windows = new Criterion("goodput by that of the best fixed window", 1, 0.01);
const sizes = new Criterion("goodput by that of the best fixed size", 0.97);
const latencies = new Criterion("p50 of a 10 ms window by its own, where calls seldom meet", 1.3);
const floods = new Criterion("goodput at 3 x capacity by that at its peak", 0.9);

/** The size with the least time a row, and the time of such a batch. */
function bestOf({ cost, mean = 1 }: Curve): { readonly rows: number; readonly ms: number } {
  let best = { rows: 1, ms: cost(1, mean) };
  for (let rows = 2; rows <= MAX_SIZE; rows++) {
    const ms = cost(rows, mean);
    if (ms / rows < best.ms / best.rows) best = { rows, ms };
  }
  return best;
}

async function cell(setup: Setup, perSecond: number, batch: BatchOptions): Promise<CallsReport> {
  const { curve, workers, deadlineMs } = setup;
  const { cost, weight = 1, mean = 1 } = curve;
  const { total } = await simulate({
    methods: { swept: { cost, spread: 0.05, warmUpWeight: mean } },
    groups: [
      { arrivals: poisson(perSecond, (calls / perSecond) * 1000, seededRandom(seed)), weight },
    ],
    costs: NO_COSTS,
    ...{ workers, seed },
    batch: { maxBatchSize: MAX_SIZE, maxLatencyMs: deadlineMs, ...batch },
  });
  return total;
}

/** Returns the most calls in time of several settings, and the name of the best. */
async function best(
  setup: Setup,
  perSecond: number,
  all: readonly (readonly [name: string, batch: BatchOptions])[],
): Promise<readonly [inTime: number, name: string]> {
  let found: readonly [number, string] = [-1, ""];
  for (const [name, batch] of all) {
    const { inTime } = await cell(setup, perSecond, batch);
    if (inTime > found[0]) found = [inTime, name];
  }
  return found;
}

const WINDOW_CASES = WINDOWS.map(
  (waitMs) => [`${waitMs} ms`, { strategy: fixedWindow({ waitMs }) }] as const,
);
const SIZE_CASES = SIZES.map((maxBatchSize) => [`${maxBatchSize} rows`, { maxBatchSize }] as const);

async function sweep(name: string, setup: Setup): Promise<void> {
  const { curve, workers } = setup;
  const { rows, ms } = bestOf(curve);
  const capacity = (workers * rows * 1000) / ms;
  console.log(`\n${name}, capacity ${capacity.toFixed(0)}/s by batches of ${rows}`);
  console.log("    load  goodput  in time %   p50 ms   p99 ms  by window     by size");
  let peak = 0;
  for (const load of LOADS) {
    const perSecond = load * capacity;
    const own = await cell(setup, perSecond, {});
    peak = Math.max(peak, own.goodput);
    // Nothing answers more than all.
    const isAll = own.inTime === own.calls;
    const [byWindow, window] = isAll
      ? [own.inTime, ""]
      : await best(setup, perSecond, WINDOW_CASES);
    const [bySize, size] = isAll ? [own.inTime, ""] : await best(setup, perSecond, SIZE_CASES);
    const [ratio, other] = [own.inTime / byWindow, own.inTime / bySize];
    windows.add(ratio, `${name}, load ${load}, against ${window || "all"}`);
    sizes.add(other, `${name}, load ${load}, against ${size || "all"}`);
    const rest = isAll
      ? ""
      : `  ${ratio.toFixed(3)} ${window.padEnd(7)} ${other.toFixed(3)} ${size}`;
    console.log(line(load, own) + rest);
  }
  const flood = await cell(setup, 3 * capacity, {});
  floods.add(flood.goodput / peak, name);
  console.log(`${line(3, flood)}  ${(flood.goodput / peak).toFixed(3)} x peak`);
  // A tenth of what the workers could answer one by one.
  const seldom = (100 * workers) / curve.cost(1, curve.mean ?? 1);
  const [own, other] = [await cell(setup, seldom, {}), await cell(setup, seldom, TEN_MS)];
  latencies.add(other.latencyMs.p50 / own.latencyMs.p50, `${name}, ${seldom.toFixed(0)}/s`);
}

const TEN_MS: BatchOptions = { strategy: fixedWindow({ waitMs: 10 }) };

function line(load: number, { goodput, inTimeShare, latencyMs }: CallsReport): string {
  const numbers = [goodput.toFixed(0), (100 * inTimeShare).toFixed(2)];
  const times = [latencyMs.p50.toFixed(2), latencyMs.p99.toFixed(2)];
  return String(load).padStart(8) + [...numbers, ...times].map((each) => each.padStart(9)).join("");
}

for (const name of names) {
  const curve = CURVES[name];
  if (curve === undefined) {
    throw new Error(`There is no cost "${name}", but ${Object.keys(CURVES).join(", ")}`);
  }
  for (const workers of values.workers.split(",").map(Number)) {
    for (const times of DEADLINES) {
      const deadlineMs = times * bestOf(curve).ms;
      const title = `${name}, workers ${workers}, deadline ${deadlineMs.toFixed(0)} ms`;
      await sweep(title, { curve, workers, deadlineMs });
    }
  }
}
console.log("");
for (const criterion of [windows, sizes, latencies, floods]) {
  console.log(criterion.verdict());
  if (!criterion.isMet) process.exitCode = 1;
}
