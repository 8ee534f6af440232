/**
 * The module that a thread of `node:worker_threads` runs.
 * @module
 */

import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { WorkerGate } from "../../worker/native-gate.ts";
import type { ToWorker } from "../../worker/protocol.ts";
import { WorkerCore } from "../../worker/worker.ts";
import { importRunnable } from "../import-runnable.ts";
import type { ThreadData } from "./thread-data.ts";

const worker = new WorkerCore({
  post: (message, transfer = []) => parentPort?.postMessage(message, transfer as ArrayBuffer[]),
  importModule: importRunnable,
});

// After an unhandled rejection the worker continues. After an exception, its state is unknown, and
// it exits.
process.on("unhandledRejection", (error) => worker.uncaught("rejection", error));
process.on("uncaughtException", (error) => {
  worker.uncaught("exception", error);
  process.exit(1);
});

if ("deno" in process.versions) {
  // Here, on() looks for ports in each message, element by element of its tensors.
  parentPort?.addEventListener("message", ({ data }) => worker.receive(data as ToWorker));
} else {
  // On Node, addEventListener() loads all of fetch() for its class of events, which takes 30 ms.
  parentPort?.on("message", (message: ToWorker) => worker.receive(message));
}

const { preparation, gate } = workerData as ThreadData;
if (preparation !== undefined) {
  const { module, backend } = preparation;
  const own = new WorkerGate(gate, () => parentPort?.postMessage({ kind: "left-native-code" }));
  const prepare = async (): Promise<void> => {
    const { default: work } = (await import(module)) as {
      readonly default: (backend: string) => Promise<void>;
    };
    await own.run(() => work(backend));
  };
  // The session that is opened later reports what is wrong.
  prepare().catch(() => {});
}
