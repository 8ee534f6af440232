/**
 * The options of the HTTP application: those of its users, and those of its host.
 * @module
 */

import type { ByteBudget } from "../byte-budget.ts";
import type { Clock } from "../host.ts";
import type { IoHost } from "../io/io.ts";
import type { RpcFetchOptions } from "../rpc/fetch.ts";
import type { Routes } from "../rpc/routes.ts";
import type { RequestMetricsOptions } from "../service/request-metrics.ts";
import type { Decompress } from "./decompress.ts";

/** The bounds of requests, and what is measured of them. */
export interface RequestOptions {
  /** The largest request body, in bytes. Default 20 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * The bytes that the decompressed bodies and messages of all requests together may hold. Beyond
   * it, requests are answered with 503 and `Retry-After`, and calls with `resource_exhausted`.
   * Default 512 MiB, or four of the largest bodies if that is more.
   */
  readonly maxHeldBytes?: number;
  /** The time that a request may take, in milliseconds; then it is answered 504. Default 60,000. */
  readonly timeoutMs?: number;
  /** How requests are measured; `enabled: false` for neither that nor `/metrics`. */
  readonly metrics?: RequestMetricsOptions & { readonly enabled?: boolean };
  /**
   * Whether answers are as BentoML gives them where it differs: bare NaN in arrays, and `INTERNAL`
   * for an unknown API. Default false.
   */
  readonly compatibility?: boolean;
  /** Whether callers may list the services and their messages (gRPC reflection). Default true. */
  readonly reflection?: boolean;
}

/** The same, and what the host of the application provides. */
export interface HttpAppOptions extends RequestOptions, IoHost {
  /** The budget of `maxHeldBytes`, shared with other servers of the service. */
  readonly budget?: ByteBudget;
  /** Decompresses bodies. Default: the web's streams, which read one gzip member. */
  readonly decompress?: Decompress;
  /** Calls of Connect and gRPC-Web that it answers too. Default: what the service offers. */
  readonly routes?: Routes;
  /** How the messages of calls are compressed. Default gzip by the web's streams. */
  readonly compressions?: RpcFetchOptions["compressions"];
  /** Counts what messages inflate to towards their call; see `RpcFetchOptions`. */
  readonly countInflated?: RpcFetchOptions["countInflated"];
  /** The time. Default: the system's clock. */
  readonly clock?: Clock;
}
