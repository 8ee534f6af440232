/**
 * openService(): a service in the page, with a server for what the browser cannot do.
 * @module
 */

import { APP_OPTIONS, type AppInternals, type AppOptions, openApp } from "../app/app.ts";
import { checkChoice, checkCount, checkOptions } from "../check.ts";
import { systemClock } from "../clock.ts";
import { DEFAULT_MAX_BODY_BYTES, DEFAULT_TIMEOUT_MS } from "../limits.ts";
import type { Service } from "../service/service.ts";
import { type Answer, answerOf } from "./answer.ts";
import { Dispatcher, type Sending } from "./dispatcher.ts";
import { FallbackServer } from "./fallback-server.ts";
import { LocalService, type LocalState } from "./local-service.ts";
import { pathsOf, serviceRequest } from "./paths.ts";

/** The place that answers calls. */
export type Policy = "local" | "server" | "auto";

/** The options of `openService()`: those of `app()`, and of the server. */
export interface OpenServiceOptions extends AppOptions {
  /** The URL of a server of the same service, such as `https://example.com/ml`. */
  readonly fallback?: string | URL;
  /**
   * - `local`: this browser answers. Nothing is ever sent to the server.
   * - `server`: the server answers. The browser answers if the server cannot be reached.
   * - `auto`: the faster of both by the calls so far; the other one where that one cannot. Default
   *   if there is a `fallback`.
   */
  readonly policy?: Policy;
  /**
   * The largest body that is kept for another place, in bytes: a larger one can only be sent to
   * this browser. Default `maxBodyBytes`.
   */
  readonly maxKeptBytes?: number;
  /**
   * The longest wait for the server from when the browser could answer as well, in milliseconds:
   * 5,000.
   */
  readonly fallbackTimeoutMs?: number;
  /**
   * Returns false for a call that must not run twice. It is not tried in another place once it has
   * begun in one. Default: every call may be, as with the methods of a runner.
   */
  readonly idempotent?: (request: Request) => boolean;
  /** Called for every answer with the place that gave it. */
  readonly onAnswer?: (answer: Answer, response: Response) => void;
}

/** The parts that tests replace. */
export interface OpenServiceInternals extends AppInternals {
  readonly fetch?: typeof globalThis.fetch;
}

/** The state of both places. */
export interface OpenState {
  /** The service in this browser; it starts at the first call that needs it, or by `ready()`. */
  readonly local: LocalState;
  /** The reason why it could not start. */
  readonly localReason: string | undefined;
  /** The reason why the server is not asked now; `undefined` if it may answer, or there is none. */
  readonly serverReason: string | undefined;
}

/** An open service. */
export interface OpenService extends AsyncDisposable {
  /**
   * Answers a request, as a server of the service would. A string is a path of the service.
   *
   * Errors are answers as well, such as 503 if no place can answer. It only throws the reason of
   * the request's signal, when that is aborted.
   */
  fetch(input: Request | URL | string, init?: RequestInit): Promise<Response>;
  /**
   * Starts the service in this browser, unless the policy is `server`, and waits until calls can be
   * answered.
   *
   * @throws Error if neither the browser nor the server can answer, with the reason of each
   */
  ready(): Promise<void>;
  /** Returns the place of a response, and the reason for it. */
  answerOf(response: Response): Answer | undefined;
  readonly state: OpenState;
  /** The paths that the service answers; one that ends in `/*` stands for all below it. */
  readonly paths: readonly string[];
  /** Refuses new requests, waits for those under way, and stops the workers. */
  close(): Promise<void>;
}

/** An open service with what the relay to a Service Worker needs. */
export interface RelayedService extends OpenService {
  /** As `fetch()`; calls `sending` before the request is sent to the server. */
  answer(request: Request, sending: Sending): Promise<Response>;
}

/** The options that are not those of `app()`. The types keep the list complete. */
const OWN: Readonly<Record<Exclude<keyof OpenServiceOptions, keyof AppOptions>, true>> = {
  fallback: true,
  policy: true,
  maxKeptBytes: true,
  fallbackTimeoutMs: true,
  idempotent: true,
  onAnswer: true,
};

const POLICIES: readonly Policy[] = ["local", "server", "auto"];

const DEFAULT_FALLBACK_TIMEOUT_MS = 5_000;

/**
 * Opens a service in this browser. It answers requests in the page, by the workers of its runners,
 * or by a server of the same service.
 *
 * @throws TypeError for an unknown option, RangeError for a number out of its range
 *
 * @example
 * const mnist = openService(service, { fallback: "https://example.com", policy: "auto" });
 * const response = await mnist.fetch("/predict", { method: "POST", body: picture });
 * console.log(await response.json(), mnist.answerOf(response));
 */
export function openService(service: Service, options: OpenServiceOptions = {}): OpenService {
  return openServiceOn(service, options, {});
}

/** As `openService()`, with parts that are replaced. */
export function openServiceOn(
  service: Service,
  options: OpenServiceOptions,
  internals: OpenServiceInternals,
): RelayedService {
  checkOptions("Cannot call openService()", options, Object.keys({ ...OWN, ...APP_OPTIONS }));
  const { fallback, policy, maxKeptBytes, fallbackTimeoutMs, idempotent, onAnswer, ...appOptions } =
    options;
  checkChoice("policy", policy, POLICIES);
  const url = fallback === undefined ? undefined : serverUrl(fallback);
  if (policy === "server" && url === undefined) {
    throw new TypeError('The policy "server" needs the URL of a server: give it as "fallback"');
  }
  const { clock = systemClock, fetch = globalThis.fetch.bind(globalThis) } = internals;
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxBodyBytes = DEFAULT_MAX_BODY_BYTES } = appOptions;
  const local = new LocalService(openApp(service, appOptions, internals), clock);
  const server =
    url === undefined ? undefined : new FallbackServer({ url, clock, timeoutMs, fetch });
  const dispatcher = new Dispatcher({
    service,
    local,
    server,
    policy: server === undefined ? "local" : (policy ?? "auto"),
    clock,
    maxKeptBytes: checkCount("maxKeptBytes", maxKeptBytes ?? maxBodyBytes, 0),
    fallbackTimeoutMs: checkCount(
      "fallbackTimeoutMs",
      fallbackTimeoutMs ?? DEFAULT_FALLBACK_TIMEOUT_MS,
    ),
    idempotent: idempotent ?? (() => true),
    onAnswer,
  });
  let paths: readonly string[] | undefined;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= dispatcher.close();
    return closing;
  };
  return {
    fetch: (input, init) => dispatcher.answer(serviceRequest(input, init)),
    answer: (request, sending) => dispatcher.answer(request, sending),
    ready: () => dispatcher.ready(),
    answerOf,
    get state() {
      return {
        local: local.state,
        localReason: local.whyNot,
        serverReason: server?.whyDown,
      };
    },
    get paths() {
      paths ??= pathsOf(service);
      return paths;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** @throws TypeError for anything but a URL of http or https */
function serverUrl(fallback: string | URL): URL {
  const base = globalThis.location?.href;
  const url = URL.canParse(String(fallback), base) ? new URL(fallback, base) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new TypeError(`"fallback" must be the URL of a server, but was ${String(fallback)}`);
}
