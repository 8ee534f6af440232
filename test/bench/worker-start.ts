/**
 * The cost of the start of a worker, by the entry that its runnable imports.
 *
 *     bun test/bench/worker-start.ts [rounds]
 *
 * Each start is a process of its own, on each runtime in turn; the variants alternate, and the
 * ratios are medians of ratios within a round.
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { binaries } from "../support/runtimes.ts";
import { quantile } from "./open-loop.ts";

const WORKERS = 4;
const VARIANTS = ["nothing", "runnable", "service"] as const;

type Variant = (typeof VARIANTS)[number];

interface Cost {
  readonly cpuMs: number;
  readonly mebibytes: number;
  readonly wallMs: number;
}

const { deno, node } = binaries();
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  bun: [process.execPath],
  deno: [deno, "run", "-A", "--quiet", "--no-lock", "--node-modules-dir=manual"],
  node: [node],
};

function measured([program = "", ...flags]: readonly string[], variant: Variant): Cost {
  const script = fileURLToPath(new URL("worker-start-process.ts", import.meta.url));
  const module = new URL(`fixtures/start-${variant}.ts`, import.meta.url).href;
  const output = execFileSync(program, [...flags, script, module, String(WORKERS)]);
  return JSON.parse(String(output));
}

const rounds = Number(process.argv[2] ?? 5);
console.log(`${WORKERS} workers, ${rounds} rounds, medians; for each worker:`);
for (const [name, command] of Object.entries(RUNTIMES)) {
  const costs: Record<Variant, Cost>[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? VARIANTS : VARIANTS.toReversed();
    const entries = order.map((variant) => [variant, measured(command, variant)] as const);
    costs.push(Object.fromEntries(entries) as Record<Variant, Cost>);
  }
  const median = (read: (round: Record<Variant, Cost>) => number): number =>
    quantile(0.5, costs.map(read));
  for (const variant of VARIANTS) {
    const cpu = median((round) => round[variant].cpuMs).toFixed(0);
    const memory = median((round) => round[variant].mebibytes).toFixed(1);
    const wall = median((round) => round[variant].wallMs).toFixed(0);
    console.log(`${name.padEnd(6)}${variant.padEnd(10)}${cpu} ms CPU, ${memory} MiB, ${wall} ms`);
  }
  const ratio = (of: keyof Cost): string =>
    median((round) => round.runnable[of] / round.service[of]).toFixed(2);
  console.log(
    `${name.padEnd(6)}runnable / service: CPU ${ratio("cpuMs")}, memory ${ratio("mebibytes")}\n`,
  );
}
