/**
 * SentError: an error as a worker sends it.
 * @module
 */

import { isCode, messageOf, ServiceError, stackOf } from "../error.ts";

/** The parts of an error, of which structured clone would lose the class and the code. */
export interface SentError {
  /** The code of a `ServiceError`. */
  readonly code: string | undefined;
  readonly name: string;
  readonly message: string;
  readonly retryAfterSeconds: number | undefined;
  /** The stack, followed by those of its causes. Used in logs only. */
  readonly stack: string | undefined;
}

/** A row of an array that failed on its own. */
export interface RowError {
  readonly row: number;
  readonly error: SentError;
}

/** An output, and the errors that a method returned in it in place of rows. */
export interface Answer {
  /** The output without the errors, which may not be cloneable. */
  readonly output: unknown;
  readonly rowErrors: readonly RowError[];
}

/** Separates the errors from an array of rows. */
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

/** Returns the output with its errors in their places again. */
export function withRowErrors({ output, rowErrors }: Answer): unknown {
  for (const { row, error } of rowErrors) (output as unknown[])[row] = received(error);
  return output;
}

/** Returns the parts of a thrown value that can be sent. */
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

/** Returns the texts of an error, whose properties may be of any type or throw when read. */
function readError(thrown: unknown): { name?: string; message?: string; stack?: string } {
  if (!(thrown instanceof Error)) return {};
  try {
    const stack = stacksOf(thrown);
    const texts = { name: String(thrown.name), message: String(thrown.message) };
    return stack === undefined ? texts : { ...texts, stack };
  } catch {
    return { message: "an error that cannot be read" };
  }
}

/** The most causes in a stack. A chain of causes may be a cycle. */
const MAX_CAUSES = 5;

function stacksOf(thrown: unknown, depth = 0): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const stack = stackOf(thrown);
  const next = depth < MAX_CAUSES ? stacksOf(thrown.cause, depth + 1) : undefined;
  return next === undefined ? stack : `${stack}\nCaused by: ${next}`;
}

/** Returns the error that was sent: a `ServiceError` if it was one, else a plain `Error`. */
export function received(error: SentError): Error {
  const { code, message, retryAfterSeconds } = error;
  const copy = isCode(code)
    ? new ServiceError(code, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
    : Object.assign(new Error(message), { name: error.name });
  // The stack of this function would mislead.
  copy.stack = error.stack ?? `${error.name}: ${message}`;
  return copy;
}
