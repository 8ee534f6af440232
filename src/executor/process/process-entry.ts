/**
 * The module that a worker process runs. It ends with the process that started it: here, or, while
 * it is busy, in the thread of the guard.
 * @module
 */

import process from "node:process";
import { Worker } from "node:worker_threads";
import { WORKER_VARIABLE } from "../../executable.ts";
import { compiledModule } from "../../worker/compiled-modules.ts";
import type { FromWorker, ToWorker } from "../../worker/protocol.ts";
import { sendable } from "../../worker/sent-error.ts";
import { WorkerCore } from "../../worker/worker.ts";
import { importRunnable } from "../import-runnable.ts";
import { CHANNEL_FD, Channel, inheritedSocket } from "./channel.ts";
import { killGroup } from "./kill-group.ts";
import { guardEntryUrl } from "./worker-command.ts";

delete process.env[WORKER_VARIABLE]; // not for processes that user code starts

// The process that started this one decides when it ends. A service manager or a terminal sends
// these to both, and requests may be under way.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
// A reader of the output that has gone must not end the worker.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

/** The most bytes that may wait to be sent before reports of unhandled rejections are dropped. */
const MAX_WAITING_BYTES = 16 * 2 ** 20;

const guard = new Worker(guardEntryUrl());
guard.on("error", () => {}); // then a busy process ends when it is no longer busy
guard.unref();

const channel = new Channel(inheritedSocket(CHANNEL_FD), {
  message: (message) => worker.receive(message as ToWorker),
  unreadable: (id, error) =>
    post({ kind: "error", id, error: sendable(error), metrics: undefined }),
  broken: (error) => {
    console.error(error);
    killGroup(process.pid);
  },
  ended: () => killGroup(process.pid),
});

function post(message: FromWorker, transfer: readonly Transferable[] = []): void {
  channel.post(message, transfer);
}

const worker = new WorkerCore({
  post,
  importModule: importRunnable,
  compile: (wasm) => compiledModule(wasm.href),
});

// After an unhandled rejection the worker continues. After an exception, its state is unknown, and
// it exits.
process.on("unhandledRejection", (error) => {
  if (channel.waitingBytes <= MAX_WAITING_BYTES) worker.uncaught("rejection", error);
});
process.on("uncaughtException", async (error) => {
  worker.uncaught("exception", error);
  await channel.flush();
  process.exit(1);
});
