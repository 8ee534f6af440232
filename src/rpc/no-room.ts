/**
 * The error for calls for which there is no room in memory.
 * @module
 */

import { Code, ConnectError } from "@connectrpc/connect";

/**
 * Returns `RESOURCE_EXHAUSTED`, gRPC's status for a server that is temporarily out of resources.
 */
export function noRoom(message: string): ConnectError {
  return new ConnectError(message, Code.ResourceExhausted, { "retry-after": "1" });
}
