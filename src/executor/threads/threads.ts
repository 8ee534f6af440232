/**
 * threads: workers in threads of `node:worker_threads`, on Bun, Deno and Node.
 * @module
 */

import process from "node:process";
import { getHeapStatistics } from "node:v8";
import { Worker as NodeWorker, type ResourceLimits } from "node:worker_threads";
import { messageOf } from "../../error.ts";
import { NativeGate } from "../../worker/native-gate.ts";
import type { FromWorker } from "../../worker/protocol.ts";
import {
  type Executor,
  type Worker,
  type WorkerEvents,
  type WorkerStart,
  workersBesideMain,
} from "../executor.ts";
import { threadEntryUrl } from "./thread-entry-url.ts";

const isDeno = "deno" in process.versions;

/**
 * The heap limit of workers. On Deno, a worker with a full heap ends the process, unless a limit is
 * set: then only the worker ends, as on Node. The limit set here is the default. Bun has none.
 */
const limits: { readonly resourceLimits?: ResourceLimits } = isDeno
  ? {
      resourceLimits: {
        maxOldGenerationSizeMb: Math.floor(getHeapStatistics().heap_size_limit / 2 ** 20),
      },
    }
  : {};

/** The executor that runs workers in threads. */
export const threads: Executor = {
  name: "threads",
  importsModules: true,
  // Deno's terminate() reports that a busy thread has ended, but it goes on (seen in 2.9).
  stopsBusyWorkers: !isDeno,
  autoWorkers: workersBesideMain,
  start,
};

function start({ load }: WorkerStart, events: WorkerEvents): Worker {
  const thread = new NodeWorker(threadEntryUrl(), limits);
  const gate = new NativeGate();
  let over = false;
  const end = (reason: string): void => {
    if (over) return;
    over = true;
    events.exit(reason);
  };
  thread.on("message", (message: FromWorker) => {
    if (!over) events.message(message);
  });
  // Without listeners for these, an error in a worker ends the whole process.
  thread.on("error", (error: unknown) => end(messageOf(error)));
  thread.on("messageerror", (error: unknown) => end(`unreadable message: ${messageOf(error)}`));
  thread.on("exit", (code: number) => end(`exit code ${code}`));
  thread.postMessage({ ...load, gate: gate.word });
  return {
    gate,
    post: (message, transfer = []) => thread.postMessage(message, transfer as ArrayBuffer[]),
    terminate() {
      over = true;
      thread.terminate().catch(() => {}); // it has ended by itself
    },
  };
}
