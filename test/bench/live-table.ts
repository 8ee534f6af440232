/**
 * The scheduler under load over HTTP, with the target beside each figure.
 *
 *     bun test/bench/live-table.ts [cells ...] [--cost linear:1,5] [--max 32] [--repeat 3] ...
 *
 * A server with a runnable of a given cost (`live/cost-curve.ts`) is one process, and its client
 * another: calls at Poisson arrivals, each measured from when it was due, or closed loops. The
 * capacity is measured by a closed loop in the same run. A figure is the median of the runs.
 * Without names, all cells are measured (`live/cells.ts`), in about five minutes a run.
 *
 *     --small-cost linear:0.1,2   the cost of the other method
 *     --spread 0.05               the standard deviation of a duration, as a share of it
 *     --busy                      use the core for that time, as inference does
 *     --runtime bun|deno|node     of the server
 *     --workers 1  --seconds 6  --seed 1
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { CELLS } from "./live/cells.ts";
import { costCurve } from "./live/cost-curve.ts";
import { type Line, medians, textOf } from "./live/figures.ts";
import { Lab, type LabSettings } from "./live/lab.ts";
import { runtimeName } from "./runtimes.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cost: { type: "string", default: "linear:1,5" },
    "small-cost": { type: "string", default: "linear:0.1,2" },
    max: { type: "string", default: "32" },
    spread: { type: "string", default: "0" },
    busy: { type: "boolean", default: false },
    runtime: { type: "string", default: "bun" },
    workers: { type: "string", default: "1" },
    seconds: { type: "string", default: "6" },
    repeat: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
  },
});

const settings: LabSettings = {
  cost: costCurve(values.cost),
  smallCost: costCurve(values["small-cost"]),
  maxBatchSize: Number(values.max),
  spread: Number(values.spread),
  busy: values.busy,
  runtime: runtimeName(values.runtime),
  seconds: Number(values.seconds),
  workers: Number(values.workers),
};
const names = positionals.length > 0 ? positionals : Object.keys(CELLS);
const runs: Record<string, Line[][]> = Object.fromEntries(names.map((name) => [name, []]));
for (const name of names) {
  if (CELLS[name] === undefined) {
    throw new Error(`There is no cell "${name}", only: ${Object.keys(CELLS).join(" ")}`);
  }
}

await using lab = new Lab(settings);
console.log(`${values.cost}, at most ${values.max} rows, ${values.runtime}, figures are medians`);
for (let run = 0; run < Number(values.repeat); run++) {
  lab.seed = Number(values.seed) + run;
  lab.capacity = await lab.measureCapacity();
  const shown = `${lab.capacity.toFixed(0)} of ${lab.computedCapacity.toFixed(0)} calls/s`;
  console.log(`run ${run + 1}: capacity ${shown}, load of the machine ${loadavg()[0]?.toFixed(1)}`);
  for (const name of names) {
    const lines = (await CELLS[name]?.(lab)) ?? [];
    runs[name]?.push(lines);
    for (const line of lines) console.error(textOf(line));
  }
}
for (const name of names) for (const line of medians(runs[name] ?? [])) console.log(textOf(line));
console.log(`load of the machine ${loadavg()[0]?.toFixed(1)}`);
