/**
 * The adaptive strategy against fixed windows, in virtual time.
 *
 *     bun test/bench/policy-sweep.ts [calls a cell] [models as a,b ...]
 *
 * Every strategy gets the same Poisson arrivals, of 10 to 120 % of the capacity and of three times
 * it, at deadlines of 2, 4 and 10 times the time of a full batch. Goodput counts the calls answered
 * within the deadline. Prints a verdict on each criterion, and exits with 1 if one is not met.
 */
import process from "node:process";
import { seededRandom } from "../../src/random.ts";
import { adaptive, fixedWindow } from "../../src/runner/batching/batch-options.ts";
import type { Strategy } from "../../src/runner/batching/policy.ts";
import { poisson } from "../../src/simulator/arrivals.ts";
import { linear } from "../../src/simulator/cost.ts";
import type { CallsReport } from "../../src/simulator/report.ts";
import { NO_COSTS, simulate } from "../../src/simulator/simulate.ts";
import { Criterion } from "./criterion.ts";

/** Milliseconds a row, and a batch. */
interface Cost {
  readonly a: number;
  readonly b: number;
}

/** The calls, and the rows of a batch. */
type Report = CallsReport & { readonly meanRows: number };

const [callsText = "6000", ...modelTexts] = process.argv.slice(2);
const calls = Number(callsText);
/** Milliseconds a row, and a batch: from all for the rows to all for the batch. */
const defaults = ["0.07,0.03", "0.5,5", "1,20", "0.02,10"];
const models = (modelTexts.length > 0 ? modelTexts : defaults).map((text): Cost => {
  const [a = 0, b = 0] = text.split(",").map(Number);
  return { a, b };
});
const workerCounts = [1, 2];
const deadlines = [2, 4, 10];
const windows = [0, 1, 2, 5, 10, 20, 50];
const loads = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2];
const maxBatchSize = 50;

interface Setup {
  readonly cost: Cost;
  readonly workers: number;
  /** Deadlines in full batches. */
  readonly deadline: number;
}

const goodputs = new Criterion("goodput by the best fixed window's", 1, 0.005);
const latencies = new Criterion("p50 of a 10 ms window by its own, where calls seldom meet", 1.3);
const floods = new Criterion("goodput at 3 x capacity by that at its peak", 0.9);

const fullMs = ({ a, b }: Cost): number => a * maxBatchSize + b;

/** Calls a second of full batches. */
function capacityOf({ cost, workers }: Setup): number {
  return (workers * maxBatchSize * 1000) / fullMs(cost);
}

async function cell(
  { cost, workers, deadline }: Setup,
  perSecond: number,
  strategy: Strategy,
): Promise<Report> {
  const { total, methods } = await simulate({
    methods: { swept: { cost: linear(cost) } },
    groups: [{ arrivals: poisson(perSecond, (calls / perSecond) * 1000, seededRandom(1)) }],
    costs: NO_COSTS,
    workers,
    batch: { maxBatchSize, maxLatencyMs: deadline * fullMs(cost), strategy },
  });
  return { ...total, meanRows: methods["swept"]?.meanRows ?? 0 };
}

/** The most calls that a window answers in time, and the window. */
async function bestWindow(setup: Setup, perSecond: number): Promise<[inTime: number, ms: number]> {
  let best: [number, number] = [-1, 0];
  for (const waitMs of windows) {
    const { inTime } = await cell(setup, perSecond, fixedWindow({ waitMs }));
    if (inTime > best[0]) best = [inTime, waitMs];
  }
  return best;
}

const columns = ["load", "goodput/s", "in time %", "p50 ms", "p99 ms", "rows", "best window", "x"];

async function sweep(setup: Setup): Promise<void> {
  const { cost, workers, deadline } = setup;
  const capacity = capacityOf(setup);
  const name = `a=${cost.a} b=${cost.b}, workers ${workers}, deadline ${deadline} x`;
  console.log(`\n${name} = ${deadline * fullMs(cost)} ms, capacity ${capacity.toFixed(0)}/s`);
  console.log(columns.map((column) => column.padStart(12)).join(""));
  let peak = 0;
  for (const load of loads) {
    const own = await cell(setup, load * capacity, adaptive());
    peak = Math.max(peak, own.goodput);
    // Nothing answers more than all.
    const isAll = own.inTime === own.calls;
    const [inTime, waitMs] = isAll ? [own.inTime, -1] : await bestWindow(setup, load * capacity);
    const times = own.inTime / inTime;
    goodputs.add(times, `${name}, load ${load}, against ${waitMs} ms`);
    console.log(line(load, own) + (isAll ? "" : `${`${waitMs} ms`.padStart(12)}${cellOf(times)}`));
  }
  const flood = await cell(setup, 3 * capacity, adaptive());
  floods.add(flood.goodput / peak, name);
  const { p50, p99 } = flood.refusalMs;
  const refused = `refused after ${p50.toFixed(2)} ms (p50), ${p99.toFixed(2)} (p99)`;
  console.log(`${line(3, flood)}   ${(flood.goodput / peak).toFixed(3)} x peak, ${refused}`);
  // A tenth of what the workers could answer one by one.
  const seldom = (0.1 * workers * 1000) / (cost.a + cost.b);
  const own = await cell(setup, seldom, adaptive());
  const other = await cell(setup, seldom, fixedWindow({ waitMs: 10 }));
  latencies.add(other.latencyMs.p50 / own.latencyMs.p50, `${name}, ${seldom.toFixed(0)}/s`);
}

function line(load: number, report: Report): string {
  const { goodput, inTime, calls: all, latencyMs, meanRows } = report;
  const values = [load, goodput, (100 * inTime) / all, latencyMs.p50, latencyMs.p99];
  return [...values, meanRows].map(cellOf).join("");
}

function cellOf(value: number): string {
  return value.toFixed(value < 100 ? 3 : 0).padStart(12);
}

for (const cost of models) {
  for (const workers of workerCounts) {
    for (const deadline of deadlines) await sweep({ cost, workers, deadline });
  }
}
console.log("");
for (const criterion of [goodputs, latencies, floods]) {
  console.log(criterion.verdict());
  if (!criterion.isMet) process.exitCode = 1;
}
