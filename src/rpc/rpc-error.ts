/**
 * Errors of the RPC protocols: a status of gRPC, a message, and metadata.
 * @module
 */

import { type Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { bentomlStatus } from "../bentoml/compatibility.ts";
import { type Code as ErrorCode, grpcStatus, type ServiceError } from "../error.ts";
import { REQUEST_ID } from "../invocation/request-id.ts";
import { identify } from "./request-id.ts";
import { addPushback, addRetry } from "./retry.ts";

/** Connect's codes are gRPC's numbers. */
function statusOf(code: ErrorCode, compatibility: boolean): Code {
  const status = compatibility ? bentomlStatus(code) : undefined;
  return status ?? (grpcStatus(code) as Code);
}

/**
 * Converts an error to Connect's, with the request's id, and with when to try again if it says so.
 */
export function toConnectError(
  error: ServiceError,
  handler: HandlerContext,
  compatibility: boolean,
): ConnectError {
  const { code, message, retryAfterSeconds, cause } = error;
  const status = statusOf(code, compatibility);
  const converted = new ConnectError(message, status, undefined, undefined, cause);
  if (retryAfterSeconds !== undefined) addRetry(converted, retryAfterSeconds);
  return withRequestId(converted, handler);
}

/**
 * Adds the request's id to the metadata of an error, and gRPC's form of when to try again. In a
 * unary call of Connect, the metadata of an error are headers, and the id is one already. Clients
 * of gRPC-Web join headers and trailers, so there it moves.
 */
export function withRequestId(error: ConnectError, handler: HandlerContext): ConnectError {
  const id = identify(handler);
  const { protocolName, method, responseHeader } = handler;
  addPushback(error, protocolName);
  if (protocolName === "connect" && method.methodKind === "unary") return error;
  error.metadata.set(REQUEST_ID, id);
  if (protocolName === "grpc-web") responseHeader.delete(REQUEST_ID);
  return error;
}
