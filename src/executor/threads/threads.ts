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
import type { Preparation, ThreadData } from "./thread-data.ts";
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

/** A thread, and the gate of its native code. */
interface Thread {
  readonly thread: NodeWorker;
  readonly gate: NativeGate;
}

/** The thread that the next worker takes. */
let spare: Thread | undefined;

/**
 * Starts a thread that the next worker takes, while the program loads its modules.
 *
 * @param preparation a module whose default export the thread calls meanwhile, and its argument
 * @returns an object that ends the thread, if no worker has taken it
 */
export function startSpareThread(preparation?: Preparation): Disposable {
  const own = openThread(preparation);
  spare = own;
  const { thread, gate } = own;
  const end = (): void => {
    if (spare !== own) return;
    if (gate.close()) {
      spare = undefined;
      gate.forget();
      thread.terminate().catch(() => {}); // it has ended by itself
    } else {
      thread.once("message", end); // it has left native code
    }
  };
  thread.unref();
  thread.on("error", end);
  thread.on("exit", end);
  return { [Symbol.dispose]: end };
}

function openThread(preparation?: Preparation): Thread {
  const gate = new NativeGate();
  const workerData: ThreadData = { preparation, gate: gate.word };
  return { thread: new NodeWorker(threadEntryUrl(), { ...limits, workerData }), gate };
}

/** Returns the spare thread, once. */
function takeSpare(): Thread | undefined {
  const taken = spare;
  spare = undefined;
  taken?.thread.ref();
  return taken;
}

function start({ load }: WorkerStart, events: WorkerEvents): Worker {
  const { thread, gate } = takeSpare() ?? openThread();
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
