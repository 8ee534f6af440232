/**
 * The module that a thread of `node:worker_threads` runs.
 * @module
 */

import process from "node:process";
import { parentPort } from "node:worker_threads";
import type { ToWorker } from "../../worker/protocol.ts";
import { WorkerCore } from "../../worker/worker.ts";
import { importRunnable } from "../import-runnable.ts";

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

parentPort?.on("message", (message: ToWorker) => worker.receive(message));
