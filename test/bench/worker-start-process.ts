/** Starts workers of one runnable, and prints the cost as JSON. */
import process from "node:process";
import { runner } from "../../src/runner/runner.ts";

const [, , module = "", workers = "1"] = process.argv;
const { default: runnable } = await import(module);
const pool = runner(runnable, { name: "started", workers: Number(workers) });
const [bytes, cpu, startedAt] = [process.memoryUsage.rss(), process.cpuUsage(), performance.now()];
await pool.start();
const { user, system } = process.cpuUsage(cpu);
const cost = {
  cpuMs: (user + system) / 1000 / Number(workers),
  mebibytes: (process.memoryUsage.rss() - bytes) / 2 ** 20 / Number(workers),
  wallMs: performance.now() - startedAt,
};
console.log(JSON.stringify(cost));
process.exit(0);
