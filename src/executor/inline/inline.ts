/**
 * inline: workers without threads, for workerd, tests and tiny models. A runnable shares the thread
 * of its callers, so a busy one delays everything else, and cannot be stopped.
 * @module
 */

import { messageOf } from "../../error.ts";
import { NO_GATE } from "../../worker/native-gate.ts";
import type { FromWorker, ToWorker } from "../../worker/protocol.ts";
import { WorkerCore } from "../../worker/worker.ts";
import { withWorkerHost } from "../../worker-host.ts";
import type { Executor, Worker, WorkerEvents, WorkerStart } from "../executor.ts";

/** The executor that runs workers in the thread of their callers. */
export const inline: Executor = {
  name: "inline",
  importsModules: false,
  stopsBusyWorkers: false,
  autoWorkers: () => 1,
  start,
};

function start({ load, runnable }: WorkerStart, events: WorkerEvents): Worker {
  let over = false;
  // As between threads: values are copied or moved, and no event comes during the call before it.
  const deliver = (message: FromWorker): void => {
    queueMicrotask(() => {
      if (!over) events.message(message);
    });
  };
  const core = new WorkerCore({
    post: (message, transfer = []) => deliver(copyOf(message, transfer)),
    importModule: async () => ({ default: runnable }),
    withHost: withWorkerHost,
  });
  const receive = (message: ToWorker): void => {
    queueMicrotask(() => {
      if (!over) core.receive(message);
    });
  };
  try {
    receive(copyOf({ ...load }));
  } catch (error) {
    queueMicrotask(() => {
      if (!over) events.exit(`its parameters cannot be copied: ${messageOf(error)}`);
    });
  }
  return {
    gate: NO_GATE,
    post: (message, transfer = []) => receive(copyOf(message, transfer)),
    terminate() {
      over = true;
    },
  };
}

/** Copies a message, or moves its buffers, as `postMessage()` does. */
function copyOf<T extends ToWorker | FromWorker>(
  message: T,
  transfer: readonly Transferable[] = [],
): T {
  return structuredClone(message, { transfer: [...transfer] });
}
