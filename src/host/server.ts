/**
 * The host that Bun, Deno and Node share: threads of `node:worker_threads`, files of `node:fs`.
 *
 * Threads are worker_threads on all three, since Deno's Web Worker does not report that its thread
 * has exited, and a pool would wait for ever.
 * @module
 */

import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import process from "node:process";
import { getHeapStatistics } from "node:v8";
import { type ResourceLimits, Worker } from "node:worker_threads";
import { messageOf } from "../error.ts";
import { type Host, systemClock, type WorkerEvents, type WorkerThread } from "./host.ts";
import { workerEntry } from "./worker-entry.ts";

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

/** The host of this process. */
export const host: Host = {
  // Evaluated when a runner starts, so that an executable without workers serves other services.
  get workerEntry() {
    return workerEntry();
  },
  spawn,
  read: (file) => readFile(file),
  // Deno's terminate() reports that a busy thread has ended, but it goes on (seen in 2.9).
  stopsBusyThreads: !isDeno,
  cores: availableParallelism(),
  clock: systemClock,
};

function spawn(entry: URL, events: WorkerEvents): WorkerThread {
  const worker = new Worker(entry, limits);
  let over = false;
  const end = (reason: string): void => {
    if (over) return;
    over = true;
    events.exit(reason);
  };
  worker.on("message", (message: unknown) => {
    if (!over) events.message(message);
  });
  // Without listeners for these, an error in a worker ends the whole process.
  worker.on("error", (error: unknown) => end(messageOf(error)));
  worker.on("messageerror", (error: unknown) => end(`unreadable message: ${messageOf(error)}`));
  worker.on("exit", (code: number) => end(`exit code ${code}`));
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as ArrayBuffer[]),
    terminate() {
      over = true;
      worker.terminate().catch(() => {}); // it has ended by itself
    },
  };
}
