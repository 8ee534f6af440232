/**
 * Errors as the RPC protocols have them: a status of gRPC, words, and metadata.
 * @module
 */

import { type Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { bentomlStatus } from "../bentoml/compatibility.ts";
import { type Code as ErrorCode, grpcStatus, type ServiceError } from "../error.ts";
import { REQUEST_ID } from "../invocation/request-id.ts";
import { identify } from "./request-id.ts";

/** Connect's codes are gRPC's numbers. */
function statusOf(code: ErrorCode, compatibility: boolean): Code {
  const status = compatibility ? bentomlStatus(code) : undefined;
  return status ?? (grpcStatus(code) as Code);
}

/** An error with the request's id, and with when to try again where it says so. */
export function toConnectError(
  error: ServiceError,
  handler: HandlerContext,
  compatibility: boolean,
): ConnectError {
  const { code, message, retryAfterSeconds, cause } = error;
  const status = statusOf(code, compatibility);
  const told = new ConnectError(message, status, undefined, undefined, cause);
  if (retryAfterSeconds !== undefined) told.metadata.set("retry-after", String(retryAfterSeconds));
  return withRequestId(told, handler);
}

/**
 * Adds the request's id to the metadata of an error. To a unary call of Connect an error's
 * metadata are headers, of which the id is one already. Clients of gRPC-Web take headers and
 * trailers for one, so there it moves.
 */
export function withRequestId(error: ConnectError, handler: HandlerContext): ConnectError {
  const id = identify(handler);
  const { protocolName, method, responseHeader } = handler;
  if (protocolName === "connect" && method.methodKind === "unary") return error;
  error.metadata.set(REQUEST_ID, id);
  if (protocolName === "grpc-web") responseHeader.delete(REQUEST_ID);
  return error;
}
