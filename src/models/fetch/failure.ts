/**
 * Failures of requests, those that another try may mend among them.
 * @module
 */

import { messageOf, ServiceError } from "../../error.ts";

/** A failure that another try may mend. */
export class TransientFailure extends Error {
  override readonly name = "TransientFailure";
  /** The wait that the server asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Bun's advice to whoever calls its `fetch()`, which is of no use to who pulls a model. */
const ADVICE = /\.? For more information, pass `verbose: true`.*$/;

/** Returns the reason of a failed `fetch()`, which some runtimes have in its causes only. */
export function networkReason(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  const { errors } = (cause ?? {}) as { readonly errors?: readonly unknown[] };
  const inner = errors?.[0] ?? cause;
  const reason = inner === undefined ? messageOf(error) : messageOf(inner) || messageOf(error);
  return reason.replace(ADVICE, "");
}

/** The statuses after which a request may be tried again. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Returns the error of an answer.
 *
 * @param what the thing that was asked for, for the message
 * @param hint what a user may do about some statuses, by status
 */
export function answerError(
  { status, headers }: Response,
  what: string,
  hint: Readonly<Record<number, string>> = {},
): Error {
  const reason = (headers.get("x-error-message") ?? "").slice(0, 300);
  const says = reason === "" ? "" : ` ("${reason}")`;
  const more = hint[status] === undefined ? "" : `: ${hint[status]}`;
  const text = `Cannot fetch ${what}: the server answered ${status}${says}${more}`;
  if (TRANSIENT.has(status)) return new TransientFailure(text, retryAfterMs(headers));
  if (status === 401) return new ServiceError("unauthenticated", text);
  if (status === 403) return new ServiceError("permission_denied", text);
  if (status === 404 || status === 410) return new ServiceError("not_found", text);
  return new ServiceError("failed_precondition", text);
}

/** Returns the wait of a `Retry-After` in seconds or as a date. */
function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
