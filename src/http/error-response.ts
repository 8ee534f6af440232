/**
 * The answers to errors of routes, in the form of all errors: see `errorParts()`.
 * @module
 */

import type { Context } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import { ServiceError } from "../error.ts";
import { excerpt } from "../io/wording.ts";
import { errorParts } from "./reply.ts";

/** Returns a handler that refuses every method, and names the allowed one. */
export function refuseMethod(allowed: string): (c: Context) => never {
  return (c) => {
    c.header("allow", allowed);
    throw methodError(c.req.path, c.req.method, allowed);
  };
}

/** Returns the error of a method that a path does not take. */
export function methodError(path: string, method: string, allowed: string): ServiceError {
  const text = `${excerpt(path)} takes ${allowed}, not ${excerpt(method)}`;
  return new ServiceError("method_not_allowed", text);
}

/** Answers with an error, beside the headers that have been set so far. */
export function answerError(c: Context, error: ServiceError): Response {
  const { status, body, type = "", headers } = errorParts(error, c.get("requestId"));
  for (const [name, value] of headers ?? []) c.header(name, value);
  c.header("content-type", type);
  return c.newResponse(body, status as StatusCode);
}
