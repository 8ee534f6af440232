/**
 * The processor time of a call in the queues, the policy and the pool of a runner, without threads
 * and without a model.
 *
 *     bun test/bench/scheduling.ts
 */
import process from "node:process";
import { systemClock } from "../../src/clock.ts";
import type { Executor, WorkerEvents } from "../../src/executor/executor.ts";
import { RunnerCore } from "../../src/runner/runner-core.ts";
import { NO_GATE } from "../../src/worker/native-gate.ts";
import type { ToWorker } from "../../src/worker/protocol.ts";
import { type Runnable, runnable } from "../../src/worker/runnable.ts";

const CALLERS = 64;
const BATCH = 32;

/** An executor whose workers answer a batch in the next turn of the event loop. */
function immediate(): Executor {
  const start = (_: unknown, events: WorkerEvents) => {
    const say = (message: Parameters<WorkerEvents["message"]>[0]): void =>
      void setImmediate(() => events.message(message));
    const methods = { echo: "batched" } as const;
    say({ kind: "ready", methods, backends: [], warmUp: { echo: [0] }, metrics: undefined });
    return {
      gate: NO_GATE,
      post(message: ToWorker): void {
        if (message.kind === "close") return say({ kind: "closed" });
        if (message.kind !== "run") return;
        const { id, input } = message;
        say({ kind: "result", id, output: input, rowErrors: [], metrics: undefined });
      },
      terminate(): void {},
    };
  };
  return {
    ...{ name: "threads", importsModules: false, stopsBusyWorkers: true },
    ...{ autoWorkers: () => 1, start },
  };
}

/** Returns the microseconds of a call: the least of five rounds, as other work only adds to it. */
export async function scheduling(calls = 20_000): Promise<number> {
  const core = new RunnerCore(runnable("virtual:worker", () => ({})) as Runnable, {
    ...{ name: "bench", workers: 1, isolation: "threads", batch: { maxBatchSize: BATCH } },
  });
  const executors = { threads: immediate() };
  await core.start({ executors, isolation: "threads", cores: 4, clock: systemClock });
  const input = [0];
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    let left = calls;
    const caller = async (): Promise<void> => {
      while (left-- > 0) await core.call("echo", input);
    };
    const before = process.cpuUsage();
    await Promise.all(Array.from({ length: CALLERS }, caller));
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / calls);
  }
  await core.close();
  return best;
}
