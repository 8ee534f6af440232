/** The global scope of a Service Worker without a browser. */

import type { ServiceWorkerOptions } from "ekiben/service-worker";
import type { WorkerScope } from "../../../src/browser/relay/scope.ts";
import { runServiceWorkerOn } from "../../../src/browser/relay/service-worker.ts";
import { FakePages } from "./pages.ts";

/** The files of a host, by the paths of their URLs: a content type, and a text. */
export type HostFiles = Map<string, readonly [type: string, text: string]>;

/** A Service Worker, and the events that a browser sends it. */
export interface FakeServiceWorker {
  readonly scope: WorkerScope;
  readonly pages: FakePages;
  /** Sends an event that is over when the returned promise is settled. */
  send(type: "install" | "activate" | "message", data?: unknown): Promise<void>;
  /** Sends a request; `undefined` if it is left to the network. */
  fetch(
    path: string,
    init?: RequestInit & { readonly navigates?: boolean },
  ): Promise<Response> | undefined;
  /** The requests that have reached the host. */
  readonly requests: string[];
  /** The names of its caches. */
  cacheNames(): Promise<readonly string[]>;
}

/** Runs a Service Worker before a host. */
export function startServiceWorker(
  host: HostFiles,
  options: ServiceWorkerOptions,
  caches: CacheStorage = fakeCaches(),
): FakeServiceWorker {
  const pages = new FakePages();
  const requests: string[] = [];
  const listeners = new Map<string, (event: never) => void>();
  const scope: WorkerScope = {
    ...pages.scope,
    caches,
    async fetch(input, init) {
      const { url } = new Request(input, init);
      const { pathname } = new URL(url);
      requests.push(pathname);
      const [type, text] = host.get(pathname) ?? [];
      if (type === undefined) return new Response("", { status: 404 });
      return new Response(text ?? "", { headers: { "content-type": type } });
    },
    skipWaiting: async () => {},
    addEventListener: (type, listener) => void listeners.set(type, listener),
  };
  runServiceWorkerOn(scope, options);
  return {
    scope,
    pages,
    requests,
    async send(type, data) {
      const waits: Promise<unknown>[] = [];
      const event = { data, waitUntil: (promise: Promise<unknown>) => void waits.push(promise) };
      listeners.get(type)?.(event as never);
      await Promise.all(waits);
    },
    fetch(path, { navigates = false, ...init } = {}) {
      let answer: Promise<Response> | undefined;
      const request = new Request(new URL(path, scope.registration.scope), init);
      if (navigates) Object.defineProperty(request, "mode", { value: "navigate" });
      const event = {
        request,
        clientId: "",
        waitUntil: () => {},
        respondWith(response: Promise<Response>) {
          answer = response;
        },
      };
      listeners.get("fetch")?.(event as never);
      return answer;
    },
    cacheNames: () => caches.keys(),
  };
}

/** Caches in memory. */
export function fakeCaches(): CacheStorage {
  const all = new Map<string, Map<string, Response>>();
  const open = async (name: string): Promise<unknown> => {
    const entries = all.get(name) ?? new Map<string, Response>();
    all.set(name, entries);
    return {
      match: async (url: string) => entries.get(url)?.clone(),
      put: async (url: string, response: Response) => void entries.set(url, response),
    };
  };
  const remove = async (name: string): Promise<boolean> => all.delete(name);
  return { open, delete: remove, keys: async () => [...all.keys()] } as unknown as CacheStorage;
}
