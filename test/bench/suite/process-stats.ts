/** The processor time and the memory of a process, from Linux's /proc. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Returns user and system time of all threads of a process, in milliseconds. */
export function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may have spaces. The fields behind it begin with the third.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [user = "", system = ""] = fields.slice(11, 13);
  return ((Number(user) + Number(system)) * 1000) / ticksPerSecond;
}

/** Returns the proportional set size: shared pages count by their share. In MiB. */
export function pssMib(pid: number): number {
  const [, kib] = /^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
  return Number(kib) / 1024;
}
