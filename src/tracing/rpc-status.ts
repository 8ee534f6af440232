/**
 * rpcStatus(): the status of a call as OpenTelemetry's conventions have it for its protocol.
 * @module
 */

import type { Attributes } from "@opentelemetry/api";
import { CODES, grpcStatus, httpStatus } from "../error.ts";

/** The numbers of gRPC by the statuses of HTTP, under which calls are counted. */
const NUMBERS: ReadonlyMap<number, number> = new Map(
  CODES.map((code) => [httpStatus(code), grpcStatus(code)]),
);

/** Connect's names of these numbers. */
const NAMES: Readonly<Record<number, string>> = {
  1: "canceled",
  3: "invalid_argument",
  4: "deadline_exceeded",
  5: "not_found",
  6: "already_exists",
  7: "permission_denied",
  8: "resource_exhausted",
  9: "failed_precondition",
  12: "unimplemented",
  13: "internal",
  14: "unavailable",
  16: "unauthenticated",
};

/**
 * Returns the attribute of a call's status; none for a success of Connect, which has no code.
 *
 * @param protocol `connect`, `grpc` or `grpc-web`
 * @param status the status of HTTP that it is counted under
 */
export function rpcStatus(protocol: string, status: number): Attributes {
  const number = status < 400 ? 0 : (NUMBERS.get(status) ?? 2);
  if (protocol !== "connect") return { "rpc.grpc.status_code": number };
  return number === 0 ? {} : { "rpc.connect_rpc.error_code": NAMES[number] ?? "unknown" };
}
