/**
 * Adaptive batching against BentoML 1.4's, over HTTP, in every cell of load and deadline.
 *
 *     bun test/bench/bentoml.ts [--cost 4,10] [--max 16] [--python PYTHON] ...
 *
 * The same client calls two servers in turns, at the same Poisson arrivals: a batch takes 4 ms a
 * row and 10, at most 16 rows, in a worker that sleeps for that time. Needs Python 3.9 or later;
 * without `--python`, one that has BentoML, it makes an environment in the temporary directory.
 *
 *     --deadlines 50,100,200      of each call, which both servers are told, in milliseconds
 *     --loads 0.5,0.7,0.9,1.1,1.5,3
 *     --seconds 5  --seed 1  --runtime bun|deno|node
 *
 * Times are measured from when a call was due. Exits with 1 if BentoML has more in time in a cell.
 */
import { loadavg } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { BentoServer, pythonWithBento } from "./live/bento-server.ts";
import { figuresOf } from "./live/figures.ts";
import type { Ended, Flow } from "./live/flow.ts";
import { LiveClient, LiveServer } from "./live/processes.ts";
import { runtimeName } from "./runtimes.ts";

const { values } = parseArgs({
  options: {
    cost: { type: "string", default: "4,10" },
    max: { type: "string", default: "16" },
    deadlines: { type: "string", default: "50,100,200" },
    loads: { type: "string", default: "0.5,0.7,0.9,1.1,1.5,3" },
    seconds: { type: "string", default: "5" },
    seed: { type: "string", default: "1" },
    runtime: { type: "string", default: "bun" },
    python: { type: "string" },
  },
});
const numbers = (text: string): number[] => text.split(",").map(Number);
const [a = 0, b = 0] = numbers(values.cost);
const maxBatchSize = Number(values.max);
const seconds = Number(values.seconds);
const capacity = (1000 * maxBatchSize) / (a * maxBatchSize + b);
const runtime = runtimeName(values.runtime);
const python = values.python ?? pythonWithBento();
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Target {
  readonly port: number;
  readonly body: string;
}

await using client = new LiveClient();

async function load(target: Target, flow: Partial<Flow>): Promise<readonly Ended[]> {
  const { port, body } = target;
  const whole = { name: "calls", path: "/call", body, seconds, seed: Number(values.seed), ...flow };
  return (await client.run(port, [whole])).ended["calls"] ?? [];
}

let behind = 0;
console.log(`${a} ms a row + ${b}, at most ${maxBatchSize} rows: ${capacity.toFixed(0)} calls/s`);
console.log(
  "deadline load | Ekiben: in time  goodput  late  p99 | BentoML: in time  goodput  late  p99",
);
for (const maxLatencyMs of numbers(values.deadlines)) {
  const cost = { kind: "linear", numbers: [a, b] } as const;
  const params = { cost, smallCost: cost, spread: 0, busy: false };
  const batch = { maxBatchSize, maxLatencyMs };
  await using ekiben = await LiveServer.open({ params, workers: 1, batch }, runtime);
  await using bento = await BentoServer.open(python, { a, b, maxBatchSize, maxLatencyMs });
  const targets = [
    { port: ekiben.port, body: "1" },
    { port: bento.port, body: '{"rows":[1]}' },
  ] as const;
  // BentoML's dispatcher learns from its first batches.
  for (const target of targets) {
    const ended = await load(target, { perSecond: 0.5 * capacity, seconds: 4 });
    if (ended.some(({ status }) => status === 200)) continue;
    throw new Error(`No answers from port ${target.port}: statuses ${ended[0]?.status}`);
  }
  for (const [at, times] of numbers(values.loads).entries()) {
    const shares: number[] = [];
    const texts: string[] = [];
    for (const index of at % 2 === 0 ? [0, 1] : [1, 0]) {
      const ended = await load(targets[index] as Target, { perSecond: times * capacity });
      const figures = figuresOf(ended, { deadlineMs: maxLatencyMs, seconds, capacity });
      const shown = [
        `${(figures["in time %"] ?? 0).toFixed(1)} %`.padStart(8),
        `${((figures["goodput/capacity"] ?? 0) * capacity).toFixed(0)}/s`.padStart(8),
        `${(figures["late % of answers"] ?? 0).toFixed(0)} %`.padStart(6),
        `${(figures["p99"] ?? 0).toFixed(0)} ms`.padStart(8),
      ];
      texts[index] = shown.join(" ");
      shares[index] = figures["in time %"] ?? 0;
      await pause(1500); // what still waits in the server ends
    }
    const [ours = 0, theirs = 0] = shares;
    if (ours < theirs) behind += 1;
    const cell = `${maxLatencyMs} ms`.padEnd(8) + ` ${times.toFixed(1)}`.padEnd(5);
    console.log(`${cell} | ${texts.join(" | ")}${ours < theirs ? "  BEHIND" : ""}`);
  }
}
const machine = `load of the machine ${loadavg()[0]?.toFixed(1)}`;
console.log(`behind in ${behind} cells; ${machine}`);
process.exitCode = behind > 0 ? 1 : 0;
