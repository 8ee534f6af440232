/**
 * Loss: the end of a worker that was not asked to end.
 * @module
 */

import type { LossReason } from "../metrics/runner-events.ts";
import { OutOfMemoryError, WorkerLostError } from "../runner-error.ts";
import type { Job } from "./job.ts";

/** A lost worker, and the calls that it had. */
export interface Loss {
  readonly error: Error;
  readonly reason: LossReason;
  /** True if it is in a thread that is known to be busy and impossible to stop. */
  readonly isThreadLost: boolean;
  /** The call that it ran. */
  readonly running: Job | undefined;
  /** True if that was the worker's first call. */
  readonly isFirst: boolean;
  /** The call that it had been sent ahead and had not started. */
  readonly ahead: Job | undefined;
}

/** Returns the reason for losing a worker that had loaded. */
export function reasonOf(error: Error): LossReason {
  if (error instanceof WorkerLostError) return "hang";
  return error instanceof OutOfMemoryError ? "memory" : "exit";
}
