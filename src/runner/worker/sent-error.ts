/**
 * SentError: an error on its way between threads.
 * @module
 */

import { isCode, messageOf, ServiceError } from "../../error.ts";

/** An error as it crosses threads: structured clone keeps neither its class nor its code. */
export interface SentError {
  /** Absent for what was not thrown on purpose. */
  readonly code: string | undefined;
  readonly name: string;
  readonly message: string;
  readonly retryAfterSeconds: number | undefined;
  /** With the stacks of its causes: only a log reads it. */
  readonly stack: string | undefined;
}

/** A row of an array that failed by itself. */
export interface RowError {
  readonly row: number;
  readonly error: SentError;
}

/** An output, and the errors that a method may answer in it in place of a row. */
export interface Answer {
  /** With nothing in the places of errors: one may hold what cannot be cloned. */
  readonly output: unknown;
  readonly rowErrors: readonly RowError[];
}

/** Takes the errors out of an array of rows. */
export function takeRowErrors(output: unknown): Answer {
  if (!Array.isArray(output) || !output.some(isError)) return { output, rowErrors: [] };
  return {
    output: output.map((item) => (isError(item) ? undefined : item)),
    rowErrors: output.flatMap((item, row) =>
      isError(item) ? [{ row, error: sendable(item) }] : [],
    ),
  };
}

function isError(item: unknown): item is Error {
  return item instanceof Error;
}

/** The output with its errors in their places again. */
export function withRowErrors({ output, rowErrors }: Answer): unknown {
  for (const { row, error } of rowErrors) (output as unknown[])[row] = received(error);
  return output;
}

/** An error made ready to cross to the other thread. */
export function sendable(thrown: unknown): SentError {
  const { name = "Error", message = messageOf(thrown), stack } = readError(thrown);
  return {
    code: thrown instanceof ServiceError ? thrown.code : undefined,
    name,
    message,
    retryAfterSeconds: thrown instanceof ServiceError ? thrown.retryAfterSeconds : undefined,
    stack,
  };
}

/** The texts of an error. Its properties may be anything, or throw when they are read. */
function readError(thrown: unknown): { name?: string; message?: string; stack?: string } {
  if (!(thrown instanceof Error)) return {};
  try {
    const stack = stackOf(thrown);
    const texts = { name: String(thrown.name), message: String(thrown.message) };
    return stack === undefined ? texts : { ...texts, stack };
  } catch {
    return { message: "an error that cannot be read" };
  }
}

/** More causes than this are a circle, or nobody reads them. */
const MAX_CAUSES = 5;

function stackOf(thrown: unknown, depth = 0): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { stack = String(thrown), cause } = thrown;
  const next = depth < MAX_CAUSES ? stackOf(cause, depth + 1) : undefined;
  return next === undefined ? stack : `${stack}\nCaused by: ${next}`;
}

/** The error on this side: a `ServiceError` again where it was one, else a plain `Error`. */
export function received(error: SentError): Error {
  const { code, message, retryAfterSeconds } = error;
  const copy = isCode(code)
    ? new ServiceError(code, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
    : Object.assign(new Error(message), { name: error.name });
  // Never the stack of this function, where nothing went wrong.
  copy.stack = error.stack ?? `${error.name}: ${message}`;
  return copy;
}
