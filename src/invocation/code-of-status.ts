/**
 * codeOfStatus(): the error code of an HTTP status that a handler or a middleware chose.
 * @module
 */

import type { Code } from "../error.ts";

/** The codes of the statuses that have one. */
const CODES: Readonly<Record<number, Code>> = {
  400: "invalid_argument",
  401: "unauthenticated",
  403: "permission_denied",
  404: "not_found",
  405: "method_not_allowed",
  408: "deadline_exceeded",
  409: "already_exists",
  412: "failed_precondition",
  413: "payload_too_large",
  415: "unsupported_media_type",
  422: "failed_precondition",
  429: "resource_exhausted",
  499: "canceled",
  500: "internal",
  501: "unimplemented",
  502: "unavailable",
  503: "unavailable",
  504: "deadline_exceeded",
};

/** Returns the code of a status from 400 to 599. */
export function codeOfStatus(status: number): Code {
  return CODES[status] ?? (status < 500 ? "failed_precondition" : "internal");
}
