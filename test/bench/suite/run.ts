/**
 * Measures Ekiben against what the runtimes can do: `bun run bench [ROW...] [--seconds 3]`.
 *
 *     --runtimes bun,deno,node    the runtimes to measure
 *     --seconds 3                 under load, for each variant in each round
 *     --rounds 3                  alternations
 *     --json FILE                 the figures (default: in test/bench/results/)
 *     --python PYTHON             one that has Pillow (default: made in the temporary directory)
 *
 * Without rows, all are measured. The servers of a row are processes of their own; all but the one
 * under load are paused.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { RUNTIMES, runtimeName } from "../runtimes.ts";
import { machine } from "./machine.ts";
import type { Result, Row, Settings } from "./row.ts";
import { ROWS } from "./rows/rows.ts";
import { HEADER, lineOf } from "./table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runtimes: { type: "string", default: RUNTIMES.join() },
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    json: { type: "string" },
    python: { type: "string" },
  },
});
const settings: Settings = {
  runtimes: values.runtimes.split(",").map(runtimeName),
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  python: values.python,
};

const where = machine();
const { cpu, cores, memoryGib, kernel, commit } = where;
const date = new Date().toISOString();
console.log(`${cpu}, ${cores} cores, ${memoryGib} GiB, Linux ${kernel}, commit ${commit}`);
const rows: (Omit<Row, "run"> & { readonly results: readonly Result[] })[] = [];
for (const { name, title, run } of positionals.length === 0 ? ROWS : positionals.map(rowOf)) {
  console.log(`\n${name}: ${title}\n\n${HEADER}`);
  const results = await run(settings);
  for (const result of results) console.log(lineOf(result));
  rows.push({ name, title, results });
}

const file = values.json ?? fileOf(date, positionals);
writeFileSync(file, `${JSON.stringify({ date, machine: where, settings, rows }, undefined, 2)}\n`);
console.log(`\n${file}`);
process.exit();

function rowOf(name: string): Row {
  const row = ROWS.find((each) => each.name === name);
  if (row !== undefined) return row;
  throw new Error(`There is no row "${name}", only: ${ROWS.map((each) => each.name).join(", ")}`);
}

function fileOf(moment: string, names: readonly string[]): string {
  const folder = new URL("../results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const name = [moment.replace(/[:.]/g, "-"), ...names].join("_");
  return fileURLToPath(new URL(`${name}.json`, folder));
}
