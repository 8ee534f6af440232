/**
 * runServiceWorker(): the script of a Service Worker, which answers the requests of a service
 * without a server.
 * @module
 */

import { checkCount, checkOptions } from "../../check.ts";
import { systemClock } from "../../clock.ts";
import { messageOf } from "../../error.ts";
import { DEFAULT_MAX_BODY_BYTES } from "../../limits.ts";
import { DIRECT } from "../fallback-server.ts";
import type { OpenService } from "../open-service.ts";
import { AssetCache, type Assets } from "./assets.ts";
import { asMessage, type InstallFailed, type PageNotice, PROTOCOL } from "./messages.ts";
import { isOneOf } from "./paths.ts";
import { Relay } from "./relay.ts";
import { type FetchEvent, type WorkerScope, workerScope } from "./scope.ts";

/** The options of `runServiceWorker()`. */
export interface ServiceWorkerOptions {
  /**
   * The service in the Service Worker itself, without Web Workers, which answers where no page is
   * open. Default: requests wait for a page.
   */
  readonly inline?: OpenService;
  /**
   * The paths of the service below the scope; one that ends in `/*` stands for all below it.
   * Default: those of `inline`.
   */
  readonly paths?: readonly string[];
  /** The files of the page, which are cached. Default: none. */
  readonly assets?: Assets;
  /** The longest wait for a page, if there is no `inline`, in milliseconds: 10,000. */
  readonly waitMs?: number;
  /** The largest body of a request, in bytes: 20 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * Returns false for a request that must not run twice: it is not sent to another page when its
   * page is closed. Default: every request may be, unless its page has sent it to a server.
   */
  readonly idempotent?: (request: Request) => boolean;
}

/** All options, to find misspelt ones. The types keep the list complete. */
const OPTIONS: Readonly<Record<keyof ServiceWorkerOptions, true>> = {
  inline: true,
  paths: true,
  assets: true,
  waitMs: true,
  maxBodyBytes: true,
  idempotent: true,
};

const DEFAULT_WAIT_MS = 10_000;

/**
 * Makes this Service Worker answer the requests of a service: by the workers of an open page that
 * has called `connectServiceWorker()`, or else `inline`. Call it while the script is evaluated.
 *
 * @throws Error outside a Service Worker; TypeError or RangeError for a wrong option
 *
 * @example
 * runServiceWorker({ inline: openService(service), assets: { version: "1", files: ["./"] } });
 */
export function runServiceWorker(options: ServiceWorkerOptions): void {
  runServiceWorkerOn(workerScope(), options);
}

/** As `runServiceWorker()`, in a given scope. */
export function runServiceWorkerOn(scope: WorkerScope, options: ServiceWorkerOptions): void {
  checkOptions("Cannot call runServiceWorker()", options, Object.keys(OPTIONS));
  const { inline, paths = inline?.paths, idempotent = () => true } = options;
  if (paths === undefined) {
    throw new TypeError('runServiceWorker() needs "inline" or "paths", to know what to answer');
  }
  const relay = new Relay({
    scope,
    clock: systemClock,
    inline,
    waitMs: checkCount("waitMs", options.waitMs ?? DEFAULT_WAIT_MS),
    maxBodyBytes: checkCount("maxBodyBytes", options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES),
    idempotent,
  });
  const assets = options.assets === undefined ? undefined : new AssetCache(scope, options.assets);
  assets?.serveOwnRequests();
  scope.addEventListener("install", (event) => event.waitUntil(install(scope, assets)));
  scope.addEventListener("activate", (event) => event.waitUntil(activate(scope, assets)));
  scope.addEventListener("fetch", (event) => {
    const target = targetOf(scope, event.request);
    if (target === undefined) return;
    const isRoot = event.request.mode === "navigate" && target.pathname === "/";
    if (!isRoot && isOneOf(paths, target.pathname)) respond(relay, event, target);
    else if (assets?.has(event.request) === true) event.respondWith(assets.get(event.request));
  });
  scope.addEventListener("message", (event) => {
    const message = asMessage<PageNotice>(event.data);
    if (message?.kind === "hello") relay.pageArrived();
    else if (message?.kind === "claim") event.waitUntil(scope.clients.claim());
    else if (message?.kind === "activate") event.waitUntil(scope.skipWaiting());
  });
}

/** The path and the query of a request below the scope. */
interface Target {
  readonly pathname: string;
  readonly search: string;
}

/** Returns the target of a request; `undefined` for one that is left to the network. */
function targetOf({ registration }: WorkerScope, { url, headers }: Request): Target | undefined {
  if (headers.has(DIRECT)) return undefined;
  const { origin, pathname, search } = new URL(url);
  const scope = new URL(registration.scope);
  const base = scope.pathname.replace(/[^/]*$/, "");
  if (origin !== scope.origin || !pathname.startsWith(base)) return undefined;
  return { pathname: pathname.slice(base.length - 1), search };
}

function respond(relay: Relay, event: FetchEvent, { pathname, search }: Target): void {
  const extend = (promise: Promise<unknown>): void => event.waitUntil(promise);
  event.respondWith(relay.answer(event.request, event.clientId, pathname + search, extend));
}

async function install(scope: WorkerScope, assets: AssetCache | undefined): Promise<void> {
  try {
    await assets?.fill();
  } catch (error) {
    const pages = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
    const reason = messageOf(error);
    const message: InstallFailed = { protocol: PROTOCOL, kind: "install-failed", reason };
    for (const page of pages) page.postMessage(message);
    throw error;
  }
}

async function activate(scope: WorkerScope, assets: AssetCache | undefined): Promise<void> {
  await assets?.removeOthers();
  await scope.clients.claim();
}
