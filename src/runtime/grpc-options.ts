/**
 * What a service offers over gRPC and the protocols beside it, and how that is bounded.
 * @module
 */

import type { AppOptions } from "../http/app.ts";
import type { RpcRoutesOptions } from "../rpc/routes.ts";
import type { Http2Limits } from "./http2/limits.ts";

/** How calls are bounded and answered. */
export interface GrpcOptions extends Pick<RpcRoutesOptions, "reflection" | "compatibility"> {
  /** The bounds of HTTP/2; those of messages and times are the ones of requests by default. */
  readonly limits?: Partial<Http2Limits>;
}

/** The bounds of HTTP/2. */
export function http2LimitsOf(options: AppOptions & GrpcOptions): Partial<Http2Limits> {
  const { limits, maxBodyBytes, timeoutMs } = options;
  return {
    ...(maxBodyBytes === undefined ? {} : { maxMessageBytes: maxBodyBytes }),
    ...(timeoutMs === undefined ? {} : { requestTimeoutMs: timeoutMs }),
    ...limits,
  };
}
