/**
 * What went wrong, as a `ServiceError`: an answer that is an error, or no answer at all.
 * @module
 */

import { CODES, type Code, httpStatus, isCode, ServiceError } from "../error.ts";
import { pageUrl } from "./target.ts";

/** The codes of statuses that others than Ekiben's servers send, such as proxies. */
const OTHERS: Readonly<Record<number, Code>> = {
  408: "deadline_exceeded",
  412: "failed_precondition",
  502: "unavailable",
};

/** The most characters of a message of another server. */
const MAX_LENGTH = 200;

/** Returns the error of an answer whose status is not of success, and reads its body. */
export async function failureOf(response: Response): Promise<ServiceError> {
  const { status, headers } = response;
  const text = await response.text();
  const { error, code, request_id } = jsonOf(text);
  const given = code ?? OTHERS[status] ?? codeOf(status);
  const words = /^text\/plain/.test(headers.get("content-type") ?? "") ? text.trim() : "";
  const message = error ?? `The server answered ${status}${words && `: ${cut(words)}`}`;
  return new ServiceError(isCode(given) ? given : codeOf(status), String(message), {
    requestId: request_id ?? headers.get("x-request-id") ?? undefined,
    ...retryAfter(headers.get("retry-after")),
  });
}

function codeOf(status: number): Code {
  const code = CODES.find((each) => httpStatus(each) === status);
  return code ?? (status >= 400 && status < 500 ? "invalid_argument" : "internal");
}

interface ErrorBody {
  readonly error?: string;
  readonly code?: string;
  readonly request_id?: string;
}

function jsonOf(text: string): ErrorBody {
  try {
    return (JSON.parse(text) as ErrorBody | null) ?? {};
  } catch {
    return {};
  }
}

function cut(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

/** Reads Retry-After: seconds, or a date. */
function retryAfter(value: string | null): { readonly retryAfterSeconds?: number } {
  if (value === null) return {};
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? {} : { retryAfterSeconds: Math.max(0, seconds) };
}

/**
 * Returns what a function makes of an answer that has come whole.
 *
 * @param what the answer, such as the URL of a document
 * @throws ServiceError `internal` for one that cannot be read: it may be that of another server
 */
export async function reading<T>(what: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new ServiceError("internal", `Cannot read ${what}: ${cause}`, { cause });
  }
}

/** Returns the error of a server that could not be reached, or whose answer ended too early. */
export function lostConnection(base: string, thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  const what = isRefused(thrown) ? "Cannot connect to" : "Lost the connection to";
  // A browser says no more of a call that the server does not allow.
  const origin = pageUrl()?.origin ?? "";
  const isForeign = /^http/.test(origin) && new URL(base).origin !== origin;
  const hint = isForeign ? ` (are pages of ${origin} allowed?)` : "";
  const text = `${what} ${base}: ${reasonOf(thrown)}${hint}`;
  return new ServiceError("unavailable", text, { cause: thrown });
}

/** The codes of runtimes for a connection that was never made, over which nothing was sent. */
const REFUSED = /^(ECONNREFUSED|ConnectionRefused|ENOENT|ENOTFOUND|EAI_AGAIN|FailedToOpenSocket)$/;

/** Returns true for an error before the first byte was sent; browsers do not say. */
export function isRefused(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const { code } = error as { readonly code?: unknown };
    if (REFUSED.test(String(code)) || /connection refused/i.test(error.message)) return true;
    if (error instanceof AggregateError && error.errors.some(isRefused)) return true;
  }
  return false;
}

/** Returns the message of the innermost cause: that of `fetch` is only that it has failed. */
function reasonOf(thrown: unknown): string {
  let error = thrown;
  while (error instanceof Error && error.cause instanceof Error) error = error.cause;
  const { message, code } = (error ?? {}) as {
    readonly message?: unknown;
    readonly code?: unknown;
  };
  return String(message || (code ?? error));
}
