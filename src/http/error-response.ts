/**
 * The form of errors over HTTP, the same for every route.
 * @module
 */

import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { httpStatus, ServiceError } from "../error.ts";
import { EXPLAIN } from "../invocation/explain.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { isProtocolName, isSendable } from "../invocation/response.ts";
import { excerpt } from "../io/wording.ts";

/** The JSON body of every error answer. */
export interface ErrorBody {
  readonly error: string;
  /** One of the closed set of codes, such as `invalid_argument`. */
  readonly code: string;
  readonly request_id: string;
}

/** Returns a handler that refuses every method, and names the allowed one. */
export function refuseMethod(allowed: string): (c: Context) => never {
  return (c) => {
    c.header("allow", allowed);
    const text = `${excerpt(c.req.path)} takes ${allowed}, not ${excerpt(c.req.method)}`;
    throw new ServiceError("method_not_allowed", text);
  };
}

/**
 * Adds the headers and trailers that the handler of a failed request has set, and its explanation.
 * Headers about the body are left out, since the error has a body of its own.
 */
export function keepHeaders(c: Context, { context, explanation }: Invocation): void {
  const { madeHeaders = [], madeTrailers = [] } = context.response;
  for (const [name, value] of [...madeHeaders, ...madeTrailers]) {
    if (name.startsWith("content-") || isProtocolName(name) || !isSendable(value)) continue;
    c.header(name, value, { append: name === "set-cookie" });
  }
  if (explanation !== undefined) c.header(EXPLAIN, explanation);
}

/** Answers with an error: its status, its JSON body, and `Retry-After` if it has one. */
export function answerError(c: Context, error: ServiceError): Response {
  const { code, message, retryAfterSeconds } = error;
  // Whole seconds (RFC 9110, section 10.2.3).
  if (retryAfterSeconds !== undefined)
    c.header("retry-after", String(Math.ceil(retryAfterSeconds)));
  const body: ErrorBody = { error: message, code, request_id: c.get("requestId") };
  return c.json(body, httpStatus(code) as ContentfulStatusCode);
}
