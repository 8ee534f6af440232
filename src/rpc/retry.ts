/**
 * The time until a caller may retry, in each protocol's form: `google.rpc.RetryInfo` in the details
 * of the error, for all; `Retry-After` in the metadata; and for gRPC's own retries, the trailer
 * `grpc-retry-pushback-ms` (https://github.com/grpc/proposal/blob/master/A6-client-retries.md).
 * @module
 */

import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { RetryInfoSchema } from "../gen/google/rpc/error_details_pb.ts";

const RETRY_AFTER = "retry-after";
const PUSHBACK = "grpc-retry-pushback-ms";

/** Adds to an error the number of seconds until its caller may retry, if it is a valid one. */
export function addRetry(error: ConnectError, seconds: number): ConnectError {
  if (!Number.isFinite(seconds) || seconds < 0) return error;
  const whole = Math.floor(seconds);
  const nanos = Math.round((seconds - whole) * 1e9);
  const value: MessageInitShape<typeof RetryInfoSchema> = {
    retryDelay: { seconds: BigInt(whole), nanos },
  };
  error.metadata.set(RETRY_AFTER, String(Math.ceil(seconds)));
  error.details.push({ desc: RetryInfoSchema, value });
  return error;
}

/** Adds gRPC's own form to an error after which a caller may retry, unless over Connect. */
export function addPushback(error: ConnectError, protocol: HandlerContext["protocolName"]): void {
  const { metadata } = error;
  if (protocol === "connect" || !metadata.has(RETRY_AFTER) || metadata.has(PUSHBACK)) return;
  const [info] = error.findDetails(RetryInfoSchema);
  if (info?.retryDelay === undefined) return;
  const { seconds, nanos } = info.retryDelay;
  metadata.set(PUSHBACK, String(1000 * Number(seconds) + Math.ceil(nanos / 1e6)));
}

/**
 * Returns `RESOURCE_EXHAUSTED`, gRPC's status for a server that is temporarily out of resources,
 * with a retry after a second.
 */
export function overloaded(message: string): ConnectError {
  return addRetry(new ConnectError(message, Code.ResourceExhausted), 1);
}
