/**
 * The options of the HTTP application, for users and for its host.
 * @module
 */

import type { Access } from "../access/access.ts";
import { type AccessOptions, checkAccessOptions } from "../access/access-options.ts";
import type { ByteBudget } from "../byte-budget.ts";
import { checkChoice } from "../check.ts";
import type { Clock } from "../clock.ts";
import { checkAccessLog, type ListenedOptions } from "../invocation/listeners.ts";
import type { IoHost } from "../io/io.ts";
import type { LateFetchOptions } from "../rpc/late-fetch.ts";
import type { LateRpc } from "../rpc/late-rpc.ts";
import type { PageHost } from "./page/page.ts";

/** The bounds of requests, and the settings of their metrics. */
export interface RequestOptions extends AccessOptions, ListenedOptions {
  /** The largest request body, in bytes. Default 20 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * The bytes that the decompressed bodies and messages of all requests together may hold. Beyond
   * it, requests are answered with 503 and `Retry-After`, and calls with `resource_exhausted`.
   * Default 512 MiB, or four of the largest bodies if that is more.
   */
  readonly maxHeldBytes?: number;
  /** The time that a request may take before it is answered 504, in ms. Default 60,000. */
  readonly timeoutMs?: number;
  /**
   * Answers as BentoML in the cases where Ekiben differs: bare NaN in arrays, and
   * `INTERNAL` for an unknown API. Default false.
   */
  readonly compatibility?: boolean;
  /** True if callers may list the services and their messages (gRPC reflection). Default true. */
  readonly reflection?: boolean;
}

/** The option of the page at `/`. */
export interface PageOptions {
  /** True if `/` is a page on which a person can try the service. Default true. */
  readonly ui?: boolean;
}

/** The options of users, and the parts that the host of the application provides. */
export interface HttpAppOptions extends RequestOptions, PageOptions, PageHost, IoHost {
  /** The budget of `maxHeldBytes`, shared with other servers of the service. */
  readonly budget?: ByteBudget;
  /** The RPCs over Connect and gRPC-Web that are answered too. Default: all of the service. */
  readonly rpc?: LateRpc;
  /** Loads the compressions of messages. Default: gzip by the web's streams. */
  readonly compressions?: LateFetchOptions["compressions"];
  /** Counts decompressed messages towards their call; see `RpcFetchOptions`. */
  readonly countInflated?: LateFetchOptions["countInflated"];
  /** The clock. Default: the system's. */
  readonly clock?: Clock;
  /** Who may make requests, as the options say; undefined for everyone. */
  readonly access?: Access | undefined;
}

/** The values of options that programs without types may have wrong, beside numbers. */
const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  backend: ["auto", "native", "wasm", "webgpu"],
  compatibility: [true, false],
  nativeHistograms: [true, false],
  onePort: [true, false],
  reflection: [true, false],
  signals: [true, false],
  ui: [true, false],
};

/** @throws TypeError for a value that an option of a server cannot have */
export function checkRequestOptions(options: object): void {
  for (const [option, value] of Object.entries(options)) {
    const known = CHOICES[option];
    if (known !== undefined) checkChoice(option, value, known);
    if (/^host$|Host$/.test(option) && value !== undefined && typeof value !== "string") {
      throw new TypeError(`"${option}" must be a name or an address, but was ${value}`);
    }
  }
  checkAccessOptions(options);
  if ("accessLog" in options) checkAccessLog(options.accessLog);
  if (!("metrics" in options) || options.metrics === undefined) return;
  if (typeof options.metrics === "object" && options.metrics !== null) return;
  throw new TypeError('"metrics" must be an object, such as { enabled: false }');
}
