/**
 * inline: workers without threads, for workerd, tests and tiny models. A runnable shares the thread
 * of its callers, so a busy one delays everything else, and cannot be stopped. Errors that its code
 * leaves unhandled are errors of the process.
 * @module
 */

import type { Isolate } from "../../isolate/isolate.ts";
import { compiledModule } from "../../worker/compiled-modules.ts";
import { NO_GATE } from "../../worker/native-gate.ts";
import { ANSWERS, type FromWorker, type ToWorker } from "../../worker/protocol.ts";
import { WorkerCore } from "../../worker/worker.ts";
import { type HostStorage, useHostStorage } from "../../worker-host.ts";
import type { Executor, Worker, WorkerEvents, WorkerStart } from "../executor.ts";
import { InlineRunnable } from "./inline-runnable.ts";
import { nextTask } from "./next-task.ts";

/** The parts of an inline executor that differ between runtimes. */
export interface InlineOptions {
  /** The storage of each runnable's `WorkerHost`. Default: none; runnables then load one by one. */
  readonly storage?: HostStorage;
  /** The requests that share the work, in workerd. */
  readonly isolate?: Isolate;
}

/** Makes the executor that runs workers in the thread of their callers. */
export function inlineExecutor({ storage, isolate }: InlineOptions = {}): Executor {
  if (storage !== undefined) useHostStorage(storage);
  return {
    name: "inline",
    importsModules: false,
    // Whoever calls terminate() has the thread, so the worker waits for something, if it runs.
    stopsBusyWorkers: true,
    autoWorkers: () => 1,
    start: (start, events) => new InlineWorker(start, events, isolate),
  };
}

/** A runnable in this thread, and its queues of messages. */
class InlineWorker implements Worker {
  readonly gate = NO_GATE;
  readonly #isolate: Isolate | undefined;
  readonly #events: WorkerEvents;
  readonly #core: WorkerCore;
  readonly #runnable: InlineRunnable;
  /** The messages that the core has not received. */
  #inbox: ToWorker[] = [];
  /** For each message that will be answered, a function that lets its request end. */
  #release: (() => void)[] = [];
  #isOver = false;

  constructor({ load, runnable }: WorkerStart, events: WorkerEvents, isolate?: Isolate) {
    this.#isolate = isolate;
    this.#events = events;
    this.#runnable = new InlineRunnable(runnable);
    this.#core = new WorkerCore({
      post: (message, transfer) => this.#deliver(copyOf(message, transfer)),
      importModule: async () => ({ default: this.#runnable.definition }),
      withHost: (host, run) => this.#runnable.load(host, run),
      compile: (wasm) => compiledModule(wasm.href),
    });
    const message = copyOf(load);
    this.#keepAlive();
    queueMicrotask(() => {
      if (!this.#isOver) this.#core.receive(message);
    });
  }

  /**
   * Sends a message. It is received in a later turn of the event loop, so that requests that have
   * arrived meanwhile are in the queue when the next batch is cut.
   */
  post(message: ToWorker, transfer?: readonly Transferable[]): void {
    this.#inbox.push(copyOf(message, transfer));
    if (message.kind === "run" || message.kind === "close") this.#keepAlive();
    nextTask(() => this.#receiveAll());
  }

  /** Drops the worker: nothing of it is delivered any more, and its resources are freed. */
  terminate(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#inbox = [];
    for (const release of this.#release.splice(0)) release();
    this.#runnable.end();
  }

  #receiveAll(): void {
    const messages = this.#inbox;
    this.#inbox = [];
    for (const message of messages) this.#core.receive(message);
  }

  /** Keeps the request that has sent a message alive until it is answered. */
  #keepAlive(): void {
    if (this.#isolate !== undefined) this.#release.push(this.#isolate.keepAlive());
  }

  #deliver(message: FromWorker): void {
    const deliver = (): void => {
      if (this.#isOver) return;
      this.#events.message(message);
      // After the event, whose promises are settled in the order of their calls.
      if (ANSWERS.has(message.kind)) this.#release.shift()?.();
    };
    if (this.#isolate === undefined) queueMicrotask(deliver);
    else this.#isolate.run(deliver);
  }
}

/** Copies a message, or moves its buffers, as `postMessage()` does. */
function copyOf<T extends ToWorker | FromWorker>(
  message: T,
  transfer: readonly Transferable[] = [],
): T {
  return structuredClone(message, { transfer: [...transfer] });
}
