/**
 * Live runs by what the simulator predicts of them.
 *
 *     bun test/bench/simulated.ts [--seconds 6] [--runtime bun|deno|node] [--cost linear:1,5]
 *         [--loads 0.7,0.9,1.15,3] [--deadlines 20,50,200] [--max 32] [--seed 1] [--keep FOLDER]
 *
 * A server (a process) answers the calls of an open-loop client (another one) over HTTP, and records
 * a trace. The trace is then simulated: its arrivals, and the costs of its batches with their
 * spread. Prints the figures that clients have seen in both, and the ratio of the goodputs.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DEFAULT_COSTS, simulate } from "../../src/simulator/simulate.ts";
import { readTrace, tracedCost } from "../../src/simulator/trace.ts";
import { capacityOf, costCurve } from "./live/cost-curve.ts";
import { type Ended, isRefused } from "./live/flow.ts";
import { LiveClient, LiveServer, runtimeName } from "./live/processes.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "6" },
    runtime: { type: "string", default: "bun" },
    cost: { type: "string", default: "linear:1,5" },
    loads: { type: "string", default: "0.7,0.9,1.15,3" },
    deadlines: { type: "string", default: "20,50,200" },
    max: { type: "string", default: "32" },
    seed: { type: "string", default: "1" },
    keep: { type: "string" },
  },
});
const [seconds, max, seed] = [Number(values.seconds), Number(values.max), Number(values.seed)];
const numbers = (list: string): number[] => list.split(",").map(Number);
const cost = costCurve(values.cost);
const capacity = capacityOf(cost, max);

interface Figures {
  readonly goodput: number;
  readonly inTime: number;
  readonly late: number;
  readonly refused: number;
  readonly soon: number;
  readonly p50: number;
}

function figuresOf(ended: readonly Ended[], deadlineMs: number): Figures {
  const answered = ended.filter(({ status }) => status === 200);
  const inTime = answered.filter(({ ms }) => ms <= deadlineMs).length;
  const refused = ended.filter(isRefused);
  const sorted = answered.map(({ ms }) => ms).sort((one, other) => one - other);
  return {
    goodput: inTime / seconds,
    inTime: inTime / ended.length,
    late: (answered.length - inTime) / Math.max(1, answered.length),
    refused: refused.length / ended.length,
    soon: refused.filter(({ ms }) => ms <= 5).length / Math.max(1, refused.length),
    p50: sorted[sorted.length >> 1] ?? 0,
  };
}

async function live(load: number, deadlineMs: number, recordTrace: string): Promise<Figures> {
  const params = { cost, smallCost: cost, spread: 0, busy: false };
  const settings = { params, workers: 1, batch: { maxBatchSize: max }, recordTrace };
  await using server = await LiveServer.open(settings, runtimeName(values.runtime));
  const flow = { path: "/call", body: "1", seed };
  await client.run(server.port, [{ ...flow, name: "warm", perSecond: 200, seconds: 2 }]);
  const headers = { "Request-Timeout": String(deadlineMs / 1000) };
  const perSecond = load * capacity;
  const measured = { ...flow, name: "measured", headers, perSecond, seconds };
  const { ended } = await client.run(server.port, [measured]);
  return figuresOf(ended["measured"] ?? [], deadlineMs);
}

async function predicted(trace: string, deadlineMs: number): Promise<Figures> {
  const methods = readTrace(readFileSync(trace, "utf8").split("\n"));
  const traced = methods.find(({ method }) => method === "large");
  if (traced === undefined) throw new Error("The trace has no calls");
  // The calls before had no deadline of their own.
  const calls = traced.calls.filter(({ deadlineMs: own = 1e6 }) => own <= deadlineMs);
  const [first] = calls;
  const { cost: curve, factors } = tracedCost(traced.batches);
  const { total } = await simulate({
    methods: { large: { cost: curve, spread: { factors } } },
    groups: [{ arrivals: calls.map((call) => ({ ...call, at: call.at - (first?.at ?? 0) })) }],
    batch: { maxBatchSize: max },
    // The recorded times of batches include the way to the thread and back.
    costs: { ...DEFAULT_COSTS, hopMs: 0 },
    seed,
  });
  return {
    goodput: total.inTime / seconds,
    inTime: total.inTimeShare,
    late: total.lateShare,
    refused: (total.refused + total.expired) / total.calls,
    soon: total.refusedSoonShare,
    p50: total.latencyMs.p50,
  };
}

const folder = values.keep ?? mkdtempSync(join(tmpdir(), "ekiben-simulated-"));
await using client = new LiveClient();
const names = ["goodput", "inTime", "late", "refused", "soon", "p50"] as const;
console.log(`capacity ${capacity.toFixed(0)}/s; each pair is predicted / live`);
for (const deadlineMs of numbers(values.deadlines)) {
  for (const load of numbers(values.loads)) {
    const trace = join(folder, `trace-${deadlineMs}-${load}.jsonl`);
    const seen = await live(load, deadlineMs, trace);
    const expected = await predicted(trace, deadlineMs);
    const short = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 2 ? 1 : 3);
    const pairs = names.map((name) => `${name} ${short(expected[name])} / ${short(seen[name])}`);
    const ratio = (expected.goodput / seen.goodput).toFixed(2);
    console.log(`${deadlineMs} ms, load ${load}: ${ratio}   ${pairs.join("   ")}`);
  }
}
if (values.keep === undefined) rmSync(folder, { recursive: true });
