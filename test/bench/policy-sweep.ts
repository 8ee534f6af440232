/**
 * The adaptive strategy against fixed windows, in virtual time: `bun test/bench/policy-sweep.ts`.
 *
 * For each cost of a batch and number of workers, Poisson arrivals of 10 to 120 % of the capacity
 * meet each strategy, with the same arrivals for all. A line says the goodput of `adaptive` as a
 * multiple of the best window's, and how many times lower its latency is than that of the window
 * with the lowest one and of a window of 10 ms. Above 1 is better throughout.
 *
 * Arguments: how many calls each cell is made of (20,000), and models as `a,b` (all).
 */
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { poisson, seededRandom } from "../../src/runner/arrivals.ts";
import { adaptive, fixedWindow } from "../../src/runner/batch-options.ts";
import type { Strategy } from "../../src/runner/policy.ts";
import { type Cost, type SimulationReport, simulate } from "../../src/runner/simulate.ts";

const [callsText = "20000", ...modelTexts] = process.argv.slice(2);
const calls = Number(callsText);
const all = ["0.07,0.03", "0.5,5", "1,20", "0.02,10", "5,0"];
const models = (modelTexts.length > 0 ? modelTexts : all).map((text): Cost => {
  const [a = 0, b = 0] = text.split(",").map(Number);
  return { a, b };
});
const workerCounts = [1, 2];
const windows = [0, 1, 2, 5, 10, 20, 50];
const loads = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2];
const maxBatchSize = 50;

interface Setup {
  readonly cost: Cost;
  readonly workers: number;
}

const fullMs = ({ a, b }: Cost): number => a * maxBatchSize + b;
const capacity = ({ cost, workers }: Setup): number =>
  (workers * maxBatchSize * 1000) / fullMs(cost);

async function cell(setup: Setup, load: number, strategy: Strategy): Promise<SimulationReport> {
  const perSecond = load * capacity(setup);
  const endMs = (calls / perSecond) * 1000;
  return await simulate({
    ...setup,
    arrivals: poisson(perSecond, endMs, seededRandom(1)),
    batch: { maxBatchSize, maxLatencyMs: 10 * fullMs(setup.cost), strategy },
    turn: () => setImmediate(),
  });
}

/** What a load showed, each a multiple: above 1, adaptive is better. */
interface Ratios {
  readonly goodput: number;
  readonly p50: number;
  readonly p99: number;
  readonly p50Of10: number;
  readonly p99Of10: number;
}

async function compare(setup: Setup, load: number): Promise<Ratios & { own: SimulationReport }> {
  const own = await cell(setup, load, adaptive());
  const others: SimulationReport[] = [];
  for (const waitMs of windows) others.push(await cell(setup, load, fixedWindow({ waitMs })));
  const of10 = others[windows.indexOf(10)] ?? own;
  const lowest = (of: (report: SimulationReport) => number): number => Math.min(...others.map(of));
  return {
    own,
    goodput: own.goodput / Math.max(...others.map((other) => other.goodput)),
    p50: lowest(({ latencyMs }) => latencyMs.p50) / own.latencyMs.p50,
    p99: lowest(({ latencyMs }) => latencyMs.p99) / own.latencyMs.p99,
    p50Of10: of10.latencyMs.p50 / own.latencyMs.p50,
    p99Of10: of10.latencyMs.p99 / own.latencyMs.p99,
  };
}

const columns = ["load", "goodput/s", "p50 ms", "p99 ms", "rows", "goodput x", "p50 x", "p99 x"];
const header = [...columns, "10ms p50 x", "10ms p99 x"].map((name) => name.padStart(11)).join("");
const number = (value: number): string => value.toFixed(value < 100 ? 3 : 0).padStart(11);

for (const cost of models) {
  for (const workers of workerCounts) {
    const setup: Setup = { cost, workers };
    console.log(`\na=${cost.a} b=${cost.b} workers=${workers} capacity=${capacity(setup).toFixed(0)}/s`);
    console.log(header);
    let peak = 0;
    for (const load of loads) {
      const { own, goodput, p50, p99, p50Of10, p99Of10 } = await compare(setup, load);
      peak = Math.max(peak, own.goodput);
      const { latencyMs: latency, batches } = own;
      const found = [own.goodput, latency.p50, latency.p99, batches.meanRows];
      console.log([load, ...found, goodput, p50, p99, p50Of10, p99Of10].map(number).join(""));
    }
    const flood = await cell(setup, 3, adaptive());
    const { refusalMs } = flood;
    console.log(
      `at 3 x capacity: goodput ${(flood.goodput / peak).toFixed(3)} x the peak, late ` +
        `${flood.answered - flood.inTime}, refused ${(100 * flood.shedShare).toFixed(1)} % after ms ` +
        `p50 ${refusalMs.p50.toFixed(2)} p99 ${refusalMs.p99.toFixed(2)} max ${refusalMs.max.toFixed(2)}`,
    );
  }
}
