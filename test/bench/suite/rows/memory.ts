/** Memory at the end of 50,000 calls of a digit, in new processes each round. */

import { compare } from "../compare.ts";
import { h2load1 } from "../load/h2load1.ts";
import { wrk } from "../load/wrk.ts";
import { pssMib } from "../process-stats.ts";
import { bare, ekiben } from "../programs.ts";
import { alternate, type Figures } from "../rounds.ts";
import type { Result, Row } from "../row.ts";
import { type Program, ServerProcess } from "../server-process.ts";
import { MNIST_SERVICE, PNG } from "./digits.ts";
import { LABELS } from "./label.ts";

const CALLS = 50_000;
const TARGETS = { bun: 1.3, node: 1.15 } as const;

async function memoryAfterCalls(program: Program): Promise<Figures> {
  const { probe } = wrk(PNG, 1);
  await using server = await ServerProcess.open(program, probe);
  await h2load1(PNG, CALLS, server.port);
  return { mib: pssMib(server.pid) };
}

export const memory: Row = {
  name: "memory",
  title: "MNIST PNG, native, 1 worker, memory (PSS) at the end of 50,000 calls ÷ hand-written",
  async run({ runtimes, rounds }) {
    const results: Result[] = [];
    for (const runtime of runtimes) {
      const served = ekiben(runtime, MNIST_SERVICE, ["--backend", "native"]);
      const byHand = bare(runtime, "hono-mnist");
      const variants = {
        ekiben: () => memoryAfterCalls(served),
        byHand: () => memoryAfterCalls(byHand),
      };
      const measured = await alternate(variants, rounds);
      results.push(
        compare(measured.ekiben, measured.byHand, {
          label: LABELS[runtime],
          names: ["Ekiben", "by hand"],
          figure: "mib",
          unit: "MiB",
          target: runtime === "deno" ? undefined : { atMost: TARGETS[runtime] },
        }),
      );
    }
    return results;
  },
};
