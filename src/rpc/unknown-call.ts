/**
 * unknownCall(): answers calls of unknown methods over HTTP/1.1.
 * @module
 */

import type { UnknownAnswer } from "./unknown-method.ts";

/** Matches the content types that only calls have. */
const OF_CALLS = /^application\/(?:grpc-web|connect\+|proto)/i;

/**
 * Returns the answer to a call of an unknown method; undefined for a request that is not a call.
 *
 * JSON is a call only with Connect's version header; otherwise it may be a request to an API.
 */
export async function unknownCall(
  path: string,
  headers: Headers,
): Promise<UnknownAnswer | undefined> {
  const isCall =
    OF_CALLS.test(headers.get("content-type") ?? "") || headers.has("connect-protocol-version");
  if (!isCall) return undefined;
  const { unknownMethod } = await import("./unknown-method.ts");
  return unknownMethod(path, headers);
}
