/**
 * RunnerError: an error of the runner itself, whatever the call was.
 * @module
 */

import { type Code, ServiceError, type ServiceErrorOptions } from "../error.ts";

/** No worker, no room or no time: not what a method threw, which may have the same code. */
export class RunnerError extends ServiceError {}

interface LossOptions extends ServiceErrorOptions {
  readonly isFirst?: boolean;
}

/** A worker was lost while it ran a call: its thread ended, or the call was over its time. */
export class WorkerLostError extends RunnerError {
  /** Whether the call was the first that the worker ran: no other can have been the cause. */
  readonly isFirst: boolean;

  constructor(code: Code, message: string, { isFirst = false, ...options }: LossOptions = {}) {
    super(code, message, options);
    this.isFirst = isFirst;
  }

  /** Whether the call was over its time. */
  get hung(): boolean {
    return this.code === "deadline_exceeded";
  }
}

/** The error of a call whose workers ended while they ran it. */
export function lostWorkers(
  runner: string,
  method: string,
  losses: number,
  options: LossOptions,
): WorkerLostError {
  const lost = losses === 1 ? "a worker while it ran" : `${losses} workers while they ran`;
  // The cause may be the words of what the user's code threw: for the log, not for callers.
  const text = `Runner "${runner}" lost ${lost} "${method}"`;
  return new WorkerLostError("unavailable", text, options);
}
