/**
 * Live runs beside the simulator's predictions of them.
 *
 *     bun test/bench/simulated.ts [--seconds 6] [--runtime bun|deno|node] [--cost linear:1,5]
 *         [--loads 0.7,0.9,1.15,3] [--deadlines 20,50,200] [--max 32] [--seed 1] [--keep FOLDER]
 *
 * A server (a process) answers the calls of an open-loop client (another one) over HTTP, and
 * records a trace. The trace is then simulated: its arrivals, and the costs of its batches with
 * their spread. The way of a call over HTTP is measured at a low rate, and the main thread's time
 * by the processor time of the server. Prints the figures of both, and the ratio of the goodputs.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DEFAULT_COSTS, simulate } from "../../src/simulator/simulate.ts";
import { readTrace, type TracedCall, tracedCost } from "../../src/simulator/trace.ts";
import { capacityOf, costCurve } from "./live/cost-curve.ts";
import { type Ended, isRefused } from "./live/flow.ts";
import { LiveClient, LiveServer } from "./live/processes.ts";
import { runtimeName } from "./runtimes.ts";

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

/** The low rate, and the share of a request in the time of the main thread for a call. */
const CALM = 100;
const REQUEST_SHARE = 0.6;

interface Live {
  readonly figures: Figures;
  /** The calls at the low rate. */
  readonly calm: readonly Ended[];
  /** The processor time of the server for each call. */
  readonly callMs: number;
}

/** Returns the processor time that a process has used, in milliseconds. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function live(load: number, deadlineMs: number, recordTrace: string): Promise<Live> {
  const params = { cost, smallCost: cost, spread: 0, busy: false };
  const settings = { params, workers: 1, batch: { maxBatchSize: max }, recordTrace };
  await using server = await LiveServer.open(settings, runtimeName(values.runtime));
  const flow = { path: "/call", body: "1", seed };
  await client.run(server.port, [{ ...flow, name: "warm", perSecond: 400, seconds: 2 }]);
  const later = { "Request-Timeout": "7" };
  const calm = { ...flow, name: "calm", perSecond: CALM, seconds: 3, headers: later };
  const before = await client.run(server.port, [calm]);
  const headers = { "Request-Timeout": String(deadlineMs / 1000) };
  const perSecond = load * capacity;
  const measured = { ...flow, name: "measured", headers, perSecond, seconds };
  const usedMs = processorMs(server.pid);
  const {
    ended: { measured: ended = [] },
  } = await client.run(server.port, [measured]);
  return {
    figures: figuresOf(ended, deadlineMs),
    calm: before.ended["calm"] ?? [],
    callMs: (processorMs(server.pid) - usedMs) / ended.length,
  };
}

/** Returns the times of calls beside those in the runner, each of one way. */
function waysOf(calm: readonly Ended[], calls: readonly TracedCall[], callMs: number): number[] {
  const own = calls.filter(({ deadlineMs = 0 }) => deadlineMs > 1_000 && deadlineMs < 10_000);
  const sent = [...calm].sort((one, other) => one.at - other.at);
  return sent.map(({ ms }, at) => Math.max(0, (ms - (own[at]?.ms ?? ms) - callMs) / 2));
}

async function predicted(
  trace: string,
  deadlineMs: number,
  { calm, callMs }: Live,
): Promise<Figures> {
  const methods = readTrace(readFileSync(trace, "utf8").split("\n"));
  const traced = methods.find(({ method }) => method === "large");
  if (traced === undefined) throw new Error("The trace has no calls");
  // The calls before had no deadline of their own.
  const calls = traced.calls.filter(({ deadlineMs: own = 1e6 }) => own <= deadlineMs);
  const [first] = calls;
  const ways = waysOf(calm, traced.calls, callMs);
  const { cost: curve, factors } = tracedCost(traced);
  const { total } = await simulate({
    methods: { large: { cost: curve, spread: { factors } } },
    groups: [{ arrivals: calls.map((call) => ({ ...call, at: call.at - (first?.at ?? 0) })) }],
    batch: { maxBatchSize: max },
    costs: {
      ...DEFAULT_COSTS,
      requestMs: REQUEST_SHARE * callMs,
      answerMs: (1 - REQUEST_SHARE) * callMs,
      wireMs: { values: ways },
      // The recorded times of batches include the way to the thread and back.
      hopMs: 0,
    },
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
    const found = await live(load, deadlineMs, trace);
    const { figures: seen } = found;
    const expected = await predicted(trace, deadlineMs, found);
    const short = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 2 ? 1 : 3);
    const pairs = names.map((name) => `${name} ${short(expected[name])} / ${short(seen[name])}`);
    const ratio = (expected.goodput / seen.goodput).toFixed(2);
    console.log(`${deadlineMs} ms, load ${load}: ${ratio}   ${pairs.join("   ")}`);
  }
}
if (values.keep === undefined) rmSync(folder, { recursive: true });
