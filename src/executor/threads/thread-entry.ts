/**
 * The module that a thread of `node:worker_threads` runs.
 * @module
 */

import process from "node:process";
import { parentPort } from "node:worker_threads";
import type { ToWorker } from "../../worker/protocol.ts";
import { sendable } from "../../worker/sent-error.ts";
import { WorkerCore, type WorkerPort } from "../../worker/worker.ts";
import { provideWorkerHost } from "../../worker-host.ts";
import { importRunnable } from "../import-runnable.ts";

const port: WorkerPort = {
  post: (message, transfer = []) => parentPort?.postMessage(message, transfer as ArrayBuffer[]),
  importModule: importRunnable,
  withHost(host, load) {
    provideWorkerHost(host);
    return load();
  },
};
const worker = new WorkerCore(port);

// After an unhandled rejection the worker continues. After an exception, its state is unknown, and
// it exits.
process.on("unhandledRejection", (error) => {
  port.post({ kind: "uncaught", uncaught: "rejection", error: sendable(error) });
});
process.on("uncaughtException", (error) => {
  port.post({ kind: "uncaught", uncaught: "exception", error: sendable(error) });
  process.exit(1);
});

parentPort?.on("message", (message: ToWorker) => worker.receive(message));
