/**
 * BentoML's answers, given with `--compatibility` where Ekiben's differ: statuses of calls (BentoML
 * 1.1, `bentoml/grpc/utils`), the error for an unknown API (`bentoml/grpc/v1/service`), and NaN in
 * arrays (`bentoml/_internal/io_descriptors/numpy`).
 * @module
 */

import { type Code, ServiceError } from "../error.ts";
import type { IoHost } from "../io/io.ts";

/**
 * The numbers of BentoML's gRPC statuses: those of its HTTP 404 and 429, and UNKNOWN for codes
 * without an HTTP status there.
 */
const GRPC_STATUSES: Partial<Record<Code, number>> = {
  not_found: 12, // UNIMPLEMENTED
  resource_exhausted: 14, // UNAVAILABLE
  method_not_allowed: 2, // UNKNOWN
  already_exists: 2,
  unimplemented: 2,
};

/** Returns the number of BentoML's gRPC status for a code; `undefined` if it does not differ. */
export function bentomlStatus(code: Code): number | undefined {
  return GRPC_STATUSES[code];
}

/** Returns BentoML's error for a call of an API that the service does not have. */
export function bentomlUnknownApi(service: string): ServiceError {
  return new ServiceError("internal", `given 'api_name' is not defined in ${service}`);
}

/**
 * Returns true for a client from 1.2 on, which sends the text in a form as JSON, in quotes
 * (BentoML 1.4, `_build_multipart` of `_bentoml_impl/client/http.py`).
 */
export function sendsJsonText(userAgent: string | null): boolean {
  return userAgent?.startsWith("BentoML HTTP Client/") === true;
}

/** The settings of descriptors: Python's `json` writes bare `NaN` and `Infinity`. */
export const BENTOML_IO: Pick<IoHost, "nonFinite"> = { nonFinite: "literal" };
