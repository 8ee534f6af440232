/**
 * oipErrorParts(): the answer of an error in the form of the Open Inference Protocol.
 * @module
 */

import { type Code, httpStatus, type ServiceError } from "../../error.ts";
import { errorParts, type ReplyParts } from "../reply.ts";

/**
 * The statuses that differ from those of REST. Triton answers 400 for all that is the caller's
 * fault. Those by which a client or a proxy acts stay: 401, 403, 405, 413, 415, 429 and 504.
 */
const STATUSES: Partial<Readonly<Record<Code, number>>> = {
  already_exists: 400,
  failed_precondition: 400,
};

/** Returns the HTTP status of an error. */
function oipStatus(code: Code): number {
  return STATUSES[code] ?? httpStatus(code);
}

/** Returns the parts of the answer: `{"error": message}`, and `Retry-After` if it has one. */
export function oipErrorParts(
  error: ServiceError,
  requestId: string,
  headers?: Headers,
): ReplyParts {
  const parts = errorParts(error, requestId, headers);
  return {
    ...parts,
    status: oipStatus(error.code),
    body: JSON.stringify({ error: error.message }),
  };
}
