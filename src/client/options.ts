/**
 * The options of a client and of its calls.
 * @module
 */

import type { Lane } from "../runner/call-options.ts";
import type { Transport } from "./transport.ts";

/** The options of one call. */
export interface CallOptions {
  /** Cancels the call, also while its stream is read: `canceled`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The time for the call and all its attempts, in milliseconds; that of a stream is for all its
   * items. The server learns it, and stops working for a caller that is gone. Default: no limit
   * but the server's.
   */
  readonly timeoutMs?: number | undefined;
  /** Headers beside those of the client; of two with one name, the call's is sent. */
  readonly headers?: HeadersInit | undefined;
  /** Default: the API's. */
  readonly lane?: Lane | undefined;
  /** The most further attempts after the first; see `client()`. Default 2. */
  readonly retries?: number | undefined;
  /** True for a call that may run twice: it is tried again after a lost connection, too. */
  readonly idempotent?: boolean | undefined;
  /** Called with each response of the server, whose body is the client's: for its headers. */
  readonly onResponse?: ((response: Response) => void) | undefined;
}

/** The options of a client. Those of calls are the defaults of all its calls. */
export interface ClientOptions extends Omit<CallOptions, "headers" | "onResponse"> {
  /** A key of the server, sent as `Authorization: Bearer`. */
  readonly apiKey?: string | undefined;
  /** Headers of every request, or a function that makes them for each. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined;
  /** Sends requests in place of the runtime's `fetch`. */
  readonly fetch?: ((request: Request) => Response | Promise<Response>) | undefined;
  /**
   * The document of the service, as `/openapi.json` answers it. Default: it is fetched before the
   * first call.
   */
  readonly document?: unknown;
  /** The protocol. Default REST; `connectTransport()` of `ekiben/client/connect` makes others. */
  readonly transport?: Transport | undefined;
}

const CALL: Readonly<Record<keyof CallOptions, true>> = {
  headers: true,
  idempotent: true,
  lane: true,
  onResponse: true,
  retries: true,
  signal: true,
  timeoutMs: true,
};

const CLIENT: Readonly<Record<Exclude<keyof ClientOptions, keyof CallOptions>, true>> = {
  apiKey: true,
  document: true,
  fetch: true,
  transport: true,
};

/**
 * Checks the options of a call, or of a client.
 *
 * @throws TypeError or RangeError for an unknown option or a wrong value
 */
export function checkOptions(options: CallOptions | ClientOptions, isClient: boolean): void {
  const known = Object.keys(isClient ? { ...CALL, ...CLIENT } : CALL);
  const wrong = Object.keys(options).find((key) => !known.includes(key));
  if (wrong !== undefined) {
    throw new TypeError(`There is no option "${wrong}": it must be one of ${known.join(", ")}`);
  }
  const { retries = 0, timeoutMs = 1 } = options;
  if (!(retries >= 0)) throw new RangeError(`retries must be 0 or more, but was ${retries}`);
  if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs must be above 0, but was ${timeoutMs}`);
}
