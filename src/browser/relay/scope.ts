/**
 * The part of the global scope of a Service Worker that is used. The compiler's own types of it
 * exclude those of a page.
 * @module
 */

/** A page, as a Service Worker sees it. */
export interface Client {
  readonly id: string;
  readonly url: string;
  postMessage(message: unknown, transfer?: Transferable[]): void;
}

/** The pages of an origin. */
export interface Clients {
  matchAll(options: {
    readonly type: "window";
    readonly includeUncontrolled: boolean;
  }): Promise<readonly Client[]>;
  get(id: string): Promise<Client | undefined>;
  claim(): Promise<void>;
}

/** An event whose end the browser waits for before it stops the Service Worker. */
export interface ExtendableEvent {
  waitUntil(promise: Promise<unknown>): void;
}

/** A request of a page below the scope. */
export interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  /** The id of the page that has sent the request; empty for a navigation. */
  readonly clientId: string;
  respondWith(response: Promise<Response>): void;
}

/** A message of a page. */
export interface MessageEvent extends ExtendableEvent {
  readonly data: unknown;
}

interface Events {
  readonly install: ExtendableEvent;
  readonly activate: ExtendableEvent;
  readonly fetch: FetchEvent;
  readonly message: MessageEvent;
}

/** The global scope of a Service Worker. */
export interface WorkerScope {
  readonly registration: { readonly scope: string };
  readonly clients: Clients;
  readonly caches: CacheStorage;
  /** The fetch of its own code, which may be replaced. */
  fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>;
  skipWaiting(): Promise<void>;
  addEventListener<K extends keyof Events>(type: K, listener: (event: Events[K]) => void): void;
}

/** Returns the scope of this Service Worker. @throws Error anywhere else */
export function workerScope(): WorkerScope {
  if (Object.prototype.toString.call(globalThis) !== "[object ServiceWorkerGlobalScope]") {
    throw new Error("Cannot call runServiceWorker() here: this is no script of a Service Worker");
  }
  return globalThis as unknown as WorkerScope;
}
