/**
 * RunnerError: an error of the runner itself, as opposed to one of a method.
 * @module
 */

import { type Code, invalidArgument, ServiceError, type ServiceErrorOptions } from "../error.ts";

/** No worker, no room or no time, as opposed to an error of a method with the same code. */
export class RunnerError extends ServiceError {}

/** The reason for refusing a call that would be late. */
export const LATE = "the call could not be answered in time";

/** Returns the error of a call that is refused before it runs. */
export function overloaded(runner: string, why: string, retryAfterSeconds = 1): RunnerError {
  const text = `Runner "${runner}" is overloaded: ${why}`;
  return new RunnerError("unavailable", text, { retryAfterSeconds });
}

/** Returns the error of a call that must be in one batch and has more rows than that may have. */
export function tooManyRows(
  runner: string,
  method: string,
  rows: number,
  most: number,
): ServiceError {
  return invalidArgument(
    `A call of "${method}" of runner "${runner}" must have at most ${most} rows, since it is not ` +
      `split, but has ${rows}`,
  );
}

/** Returns the error of a call that must be in one batch and weighs more than that may. */
export function tooHeavy(
  runner: string,
  method: string,
  rows: number,
  heaviest: number,
  most: number,
): ServiceError {
  return invalidArgument(
    `A call of "${method}" of runner "${runner}" must weigh at most ${most} units, since it is ` +
      `not split, but weighs ${rows * heaviest}: it has ${rows} rows, and the heaviest weighs ` +
      `${heaviest}. Call it with fewer rows, or raise "maxBatchWeight"`,
  );
}

/** Returns the message for a split call whose answers do not fit together. */
export function unjoinable(runner: string, method: string, reason: string): string {
  return (
    `The answers of the parts of a call of "${method}" of runner "${runner}" cannot be joined: ` +
    `${reason}. Name the method in "notSplittable", or give each row an answer of one shape`
  );
}

/** Returns the error of a call to a runner that is shutting down. */
export function shuttingDown(runner: string): RunnerError {
  return new RunnerError("unavailable", `Runner "${runner}" is shutting down`);
}

/** Returns the error of a batch that was not run, since all of its calls were canceled. */
export function unwanted(): RunnerError {
  return new RunnerError("canceled", "Nobody waits for the answer any more");
}

/** The reason for losing a worker that ended, or did not load in time: its message says "it". */
export class EndedError extends Error {}

/** The reason for losing a worker that used more memory than it may. */
export class OutOfMemoryError extends EndedError {}

/** The reason for losing a worker that was killed from outside. */
export class KilledError extends EndedError {}

interface LossOptions extends ServiceErrorOptions {
  readonly isFirst?: boolean;
  readonly isThreadLost?: boolean;
}

/** A worker was lost while it ran a call: it ended, or the call exceeded its time. */
export class WorkerLostError extends RunnerError {
  /** True if the call was the worker's first, so that no other can have been the cause. */
  readonly isFirst: boolean;

  /** True if its thread is busy and cannot be stopped: another run may cost another thread. */
  readonly isThreadLost: boolean;

  constructor(code: Code, message: string, options: LossOptions = {}) {
    const { isFirst = false, isThreadLost = false, ...rest } = options;
    super(code, message, rest);
    this.isFirst = isFirst;
    this.isThreadLost = isThreadLost;
  }

  /** Returns the same error with a new state of the thread. */
  with({ isThreadLost }: { readonly isThreadLost: boolean }): WorkerLostError {
    const { code, message, isFirst, cause } = this;
    return new WorkerLostError(code, message, { cause, isFirst, isThreadLost });
  }

  /** True if the call exceeded its time. */
  get hung(): boolean {
    return this.code === "deadline_exceeded";
  }
}

/** Returns the error of a start: that of the runnable, or one that names the worker that ended. */
export function startError(runner: string, workerIndex: number, cause: Error): Error {
  if (!(cause instanceof EndedError)) return cause;
  const text = `Worker ${workerIndex} of runner "${runner}" could not load: ${cause.message}`;
  return new Error(text, { cause });
}

/** Returns the reason why a worker is not used that has loaded another model than the others. */
export function otherModel(digest: string | undefined, others: string | undefined): string {
  return (
    `it has loaded another model (${digest}) than the other workers (${others}), since a file ` +
    "was replaced: load the model anew, or restart the server"
  );
}

/** Returns the error of a call whose workers ended while they ran it. */
export function lostWorkers(
  runner: string,
  method: string,
  losses: number,
  options: LossOptions,
): WorkerLostError {
  const lost = losses === 1 ? "a worker while it ran" : `${losses} workers while they ran`;
  // The cause may contain messages of the user's code, which are for the log, not for callers.
  const why = options.cause instanceof OutOfMemoryError ? ", for lack of memory" : "";
  const text = `Runner "${runner}" lost ${lost} "${method}"${why}`;
  return new WorkerLostError("unavailable", text, options);
}

/** Returns the error of a call that was not settled in time. It says nothing of other calls. */
export function notInTime(runner: string, method: string): ServiceError {
  const why = "other calls in its batch failed, and its time was over before it had run alone";
  const text = `Runner "${runner}" did not answer "${method}" in time: ${why}`;
  return new ServiceError("unavailable", text, { retryAfterSeconds: 1 });
}

/** Returns the error of calls that failed together and must not run twice, without their own. */
export function notTwice(runner: string, method: string, cause: unknown): ServiceError {
  const why = "it may have been for another call in it, and none may run twice";
  const text = `Runner "${runner}" failed a batch of "${method}": ${why}`;
  return new ServiceError("internal", text, { cause });
}
