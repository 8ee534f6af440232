/**
 * The cost of a worker process against a worker thread: its start, its memory, and calls with
 * tensors of three sizes, there and back.
 *
 *     bun test/bench/isolation.ts [rounds]        also on Deno and Node
 *
 * The two alternate within each round, and the ratios are medians of ratios within a round.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { runner } from "../../src/runner/runner.ts";
import { tensor } from "../../src/tensor.ts";
import echoing from "./fixtures/echoing.ts";
import { quantile } from "./open-loop.ts";

const PLACES = ["threads", "process"] as const;
/** The elements of a tensor, and the calls of a round. */
const SIZES = [
  { name: "3 KB", elements: 784, calls: 200 },
  { name: "600 KB", elements: 150_528, calls: 40 },
  { name: "12 MB", elements: 3_010_560, calls: 8 },
] as const;

type Place = (typeof PLACES)[number];
type Costs = Record<string, number>;

/** Returns the memory of a process that it shares with no other, in MiB. */
function ownMemory(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].map(([, kb]) => Number(kb));
  return kilobytes.reduce((sum, kb) => sum + kb, 0) / 1024;
}

async function measured(isolation: Place): Promise<Costs> {
  const before = ownMemory(process.pid);
  const startedAt = performance.now();
  const pool = runner(echoing, { name: isolation, isolation, workers: 1, optional: true });
  await pool.start();
  const costs: Costs = { "start, ms": performance.now() - startedAt };
  const pid = (await pool.pid(undefined)) as number;
  const grown = pid === process.pid ? ownMemory(pid) - before : ownMemory(pid);
  costs["memory, MiB"] = Math.max(0.1, grown);
  for (const { name, elements, calls } of SIZES) {
    const input = tensor("float32", [elements]);
    const times: number[] = [];
    for (let call = 0; call < calls; call++) {
      const calledAt = performance.now();
      await pool.echo(input);
      times.push(performance.now() - calledAt);
    }
    costs[`${name}, ms`] = quantile(0.5, times);
  }
  await pool.close();
  return costs;
}

const rounds = Number(process.argv[2] ?? 7);
const all: Record<Place, Costs>[] = [];
for (let round = 0; round < rounds; round++) {
  const order = round % 2 === 0 ? PLACES : PLACES.toReversed();
  const entries: [Place, Costs][] = [];
  for (const place of order) entries.push([place, await measured(place)]);
  all.push(Object.fromEntries(entries) as Record<Place, Costs>);
}
for (const name of Object.keys(all[0]?.threads ?? {})) {
  const median = (read: (round: Record<Place, Costs>) => number): string =>
    quantile(0.5, all.map(read)).toFixed(2);
  const [thread, child] = PLACES.map((place) => median((round) => round[place][name] ?? 0));
  const ratio = median((round) => (round.process[name] ?? 0) / (round.threads[name] ?? 1));
  console.log(`${name.padEnd(14)}thread ${thread}, process ${child}, ratio ${ratio}`);
}
process.exit(0);
