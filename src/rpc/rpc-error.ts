/**
 * Errors of the RPC protocols: a gRPC status, a message, and metadata.
 * @module
 */

import { type Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { bentomlStatus } from "../bentoml/compatibility.ts";
import { type Code as ErrorCode, grpcStatus, type ServiceError } from "../error.ts";
import { REQUEST_ID } from "../invocation/request-id.ts";
import { identify } from "./request-id.ts";
import { addPushback, addRetry } from "./retry.ts";

/** Returns the status of a code: Connect's codes are gRPC's numbers. */
function statusOf(code: ErrorCode, compatibility: boolean): Code {
  const status = compatibility ? bentomlStatus(code) : undefined;
  return status ?? (grpcStatus(code) as Code);
}

/**
 * Converts an error to Connect's, with the request's id and, if there is one, the time of a retry.
 */
export function toConnectError(
  error: ServiceError,
  handler: HandlerContext,
  compatibility: boolean,
  hasBegun = false,
): ConnectError {
  const { code, message, retryAfterSeconds, cause } = error;
  const status = statusOf(code, compatibility);
  const converted = new ConnectError(message, status, undefined, undefined, cause);
  if (retryAfterSeconds !== undefined) addRetry(converted, retryAfterSeconds);
  return withRequestId(converted, handler, hasBegun);
}

/**
 * Returns an error with the request's id and gRPC's form of a retry in its metadata. It is a copy,
 * since a handler may throw the same error for several calls.
 *
 * In a unary call of Connect, the metadata of an error are headers, and the id is one already.
 * Clients of Connect streams and of gRPC-Web join headers and trailers, so there the id moves,
 * unless the headers have been sent.
 *
 * @param hasBegun true once a message of a stream, and so its headers, have been sent
 */
export function withRequestId(
  thrown: ConnectError,
  handler: HandlerContext,
  hasBegun = false,
): ConnectError {
  const id = identify(handler);
  const { protocolName, method, responseHeader } = handler;
  const error = copyOf(thrown);
  addPushback(error, protocolName);
  if (protocolName === "connect" && method.methodKind === "unary") return error;
  if (protocolName !== "grpc") {
    if (hasBegun) return error;
    responseHeader.delete(REQUEST_ID);
  }
  error.metadata.set(REQUEST_ID, id);
  return error;
}

/** Copies an error. The metadata of an error from another server is left out. */
function copyOf(error: ConnectError): ConnectError {
  const { rawMessage, code, metadata, details, cause, isWireError } = error;
  const copy = new ConnectError(rawMessage, code, isWireError ? undefined : metadata);
  copy.details = [...details];
  copy.cause = cause;
  return copy;
}
