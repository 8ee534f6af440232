/**
 * Host: the interface to the executors, files and cores of a runtime, for the layers that do not
 * use them directly. `#host` in package.json chooses by the runtime's conditions; tests implement
 * parts of it.
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Executor, ExecutorName } from "../executor/executor.ts";
import type { Isolate } from "../isolate/isolate.ts";

/** The parts of a runtime that runners and services use. */
export interface Host {
  /** The executors that this runtime has. */
  readonly executors: Readonly<Partial<Record<ExecutorName, Executor>>>;
  /** The reasons why others are missing, each a sentence without its full stop. */
  readonly missing?: Readonly<Partial<Record<ExecutorName, string>>>;
  /** The executor of runners that do not name one. */
  readonly isolation: ExecutorName;
  /** The number of threads that run at once: those of the machine, or of the container. */
  readonly cores: number;
  readonly clock: Clock;
  /** The requests that share this thread, where work must not depend on one of them: workerd. */
  readonly isolate?: Isolate;
}
