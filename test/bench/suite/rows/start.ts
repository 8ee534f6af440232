/** The time from the start of the process to the first answer, with all caches warm. */
import type { RuntimeName } from "../../runtimes.ts";
import { compare } from "../compare.ts";
import { wrk } from "../load/wrk.ts";
import { cpuMs } from "../process-stats.ts";
import { bare, ekiben } from "../programs.ts";
import { alternate, type Figures } from "../rounds.ts";
import type { Result, Row } from "../row.ts";
import { type Program, ServerProcess } from "../server-process.ts";
import { MNIST_SERVICE, PNG } from "./digits.ts";
import { LABELS } from "./label.ts";

const TARGETS: Readonly<Record<RuntimeName, Readonly<Record<"native" | "wasm", number>>>> = {
  bun: { native: 0.25, wasm: 0.5 },
  deno: { native: 0.4, wasm: 0.6 },
  node: { native: 0.4, wasm: 0.6 },
};
/** Starts take less time than rounds under load, and vary more. */
const STARTS_A_ROUND = 3;

async function firstAnswer(program: Program): Promise<Figures> {
  const { probe } = wrk(PNG, 1);
  const [seconds, cpu] = [[] as number[], [] as number[]];
  for (let start = 0; start < STARTS_A_ROUND; start++) {
    await using server = await ServerProcess.start(program);
    await server.until(() => probe(server), 2);
    seconds.push((performance.now() - server.startedAt) / 1000);
    cpu.push(1000 * cpuMs(server.pid));
  }
  return { seconds: Math.min(...seconds), cpuUs: Math.min(...cpu) };
}

export const start: Row = {
  name: "start",
  title: "MNIST, from the start of the process to the first answer, warm cache, best of 3",
  async run({ runtimes, rounds }) {
    const results: Result[] = [];
    for (const runtime of runtimes) {
      const programs = {
        native: ekiben(runtime, MNIST_SERVICE, ["--backend", "native"]),
        wasm: ekiben(runtime, MNIST_SERVICE, ["--backend", "wasm"]),
        byHand: bare(runtime, "hono-mnist"),
      };
      const variants = {
        native: () => firstAnswer(programs.native),
        wasm: () => firstAnswer(programs.wasm),
        byHand: () => firstAnswer(programs.byHand),
      };
      await alternate(variants, 1); // fills the caches
      const measured = await alternate(variants, rounds);
      for (const backend of ["native", "wasm"] as const) {
        results.push(
          compare(measured[backend], measured.byHand, {
            label: `${LABELS[runtime]}, ${backend}`,
            names: ["Ekiben", "by hand, native"],
            figure: "seconds",
            unit: "s",
            made: "ours",
            target: { atMost: TARGETS[runtime][backend] },
          }),
        );
      }
    }
    return results;
  },
};
