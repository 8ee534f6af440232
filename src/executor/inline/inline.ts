/**
 * inline: workers without threads, for workerd, tests and tiny models. A runnable shares the thread
 * of its callers, so a busy one delays everything else, and cannot be stopped. Errors that its code
 * leaves unhandled are errors of the process.
 * @module
 */

import { compiledModule } from "../../worker/compiled-modules.ts";
import { NO_GATE } from "../../worker/native-gate.ts";
import type { FromWorker, ToWorker } from "../../worker/protocol.ts";
import { WorkerCore } from "../../worker/worker.ts";
import { type HostStorage, useHostStorage } from "../../worker-host.ts";
import type { Executor, Worker, WorkerEvents, WorkerStart } from "../executor.ts";
import { InlineRunnable } from "./inline-runnable.ts";
import { type NextTask, nextTask } from "./next-task.ts";

/** The parts of an inline executor that differ between runtimes. */
export interface InlineOptions {
  /** Where the host of each runnable is kept. Default: none, so that they load one by one. */
  readonly storage?: HostStorage;
  /** Calls a function in a later turn of the event loop. */
  readonly nextTask?: NextTask;
}

/** Makes the executor that runs workers in the thread of their callers. */
export function inlineExecutor({ storage, ...parts }: InlineOptions = {}): Executor {
  if (storage !== undefined) useHostStorage(storage);
  return {
    name: "inline",
    importsModules: false,
    // Whoever calls terminate() has the thread, so the worker waits for something, if it runs.
    stopsBusyWorkers: true,
    autoWorkers: () => 1,
    start: (start, events) => new InlineWorker(start, events, { nextTask, ...parts }),
  };
}

/** A runnable in this thread, and its queues of messages. */
class InlineWorker implements Worker {
  readonly gate = NO_GATE;
  readonly #nextTask: NextTask;
  readonly #events: WorkerEvents;
  readonly #core: WorkerCore;
  readonly #runnable: InlineRunnable;
  /** The messages that the core has not received. */
  #inbox: ToWorker[] = [];
  #isOver = false;

  constructor(
    { load, runnable }: WorkerStart,
    events: WorkerEvents,
    { nextTask }: Required<Omit<InlineOptions, "storage">>,
  ) {
    this.#nextTask = nextTask;
    this.#events = events;
    this.#runnable = new InlineRunnable(runnable);
    this.#core = new WorkerCore({
      post: (message, transfer) => this.#deliver(copyOf(message, transfer)),
      importModule: async () => ({ default: this.#runnable.definition }),
      withHost: (host, run) => this.#runnable.load(host, run),
      compile: (wasm) => compiledModule(wasm.href),
    });
    const message = copyOf(load);
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
    this.#nextTask(() => this.#receiveAll());
  }

  /** Drops the worker: nothing of it is delivered any more, and its resources are freed. */
  terminate(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#inbox = [];
    this.#runnable.end();
  }

  #receiveAll(): void {
    const messages = this.#inbox;
    this.#inbox = [];
    for (const message of messages) this.#core.receive(message);
  }

  #deliver(message: FromWorker): void {
    queueMicrotask(() => {
      if (!this.#isOver) this.#events.message(message);
    });
  }
}

/** Copies a message, or moves its buffers, as `postMessage()` does. */
function copyOf<T extends ToWorker | FromWorker>(
  message: T,
  transfer: readonly Transferable[] = [],
): T {
  return structuredClone(message, { transfer: [...transfer] });
}
