/**
 * Assets: the files of a page in the browser's cache, so that it works offline.
 * @module
 */

import type { WorkerScope } from "./scope.ts";

/** The files of a page. */
export interface Assets {
  /** Differs between two builds: the files of one version are cached together. */
  readonly version: string;
  /** Their URLs below the scope, such as `page.js`. `./` is the page itself. */
  readonly files: readonly string[];
  /** The files that are cached when they are first used, such as the code of rare formats. */
  readonly lazy?: readonly string[];
}

type AssetScope = Pick<WorkerScope, "caches" | "registration" | "fetch">;

/** Keeps the files of a page. */
export class AssetCache {
  readonly #scope: AssetScope;
  readonly #urls: ReadonlySet<string>;
  readonly #lazy: ReadonlySet<string>;
  readonly #fetch: WorkerScope["fetch"];
  readonly #name: string;
  readonly #prefix: string;

  constructor(scope: AssetScope, { version, files, lazy = [] }: Assets) {
    this.#scope = scope;
    const base = scope.registration.scope;
    const urls = (names: readonly string[]): Set<string> =>
      new Set(names.map((name) => new URL(name, base).href));
    this.#urls = urls(files);
    this.#lazy = urls(lazy);
    this.#fetch = scope.fetch.bind(scope);
    this.#prefix = `ekiben ${base} `;
    this.#name = this.#prefix + version;
  }

  /** Caches all files. @throws Error that names the first one that cannot be fetched */
  async fill(): Promise<void> {
    const cache = await this.#scope.caches.open(this.#name);
    try {
      await Promise.all([...this.#urls].map((url) => this.#put(cache, url)));
    } catch (error) {
      await this.#scope.caches.delete(this.#name);
      throw error;
    }
  }

  /** Removes the files of other versions. */
  async removeOthers(): Promise<void> {
    const names = await this.#scope.caches.keys();
    const others = names.filter((name) => name.startsWith(this.#prefix) && name !== this.#name);
    await Promise.all(others.map((name) => this.#scope.caches.delete(name)));
  }

  /** Returns true for a request of one of the files. */
  has(request: Request): boolean {
    const url = plainUrl(request);
    return request.method === "GET" && (this.#urls.has(url) || this.#lazy.has(url));
  }

  /** Returns a file; from the network if the browser has removed it from the cache. */
  async get(request: Request): Promise<Response> {
    const cache = await this.#scope.caches.open(this.#name);
    const url = plainUrl(request);
    const cached = await cache.match(url);
    if (cached !== undefined) return cached;
    if (this.#lazy.has(url)) {
      await this.#put(cache, url);
      const added = await cache.match(url);
      if (added !== undefined) return added;
    }
    return await this.#fetch(request);
  }

  /**
   * Lets code of the Service Worker itself read the files from the cache: its own requests do not
   * pass through it.
   */
  serveOwnRequests(): void {
    this.#scope.fetch = async (input, init) => {
      const request = new Request(input, init);
      return this.has(request) ? await this.get(request) : await this.#fetch(input, init);
    };
  }

  async #put(cache: Cache, url: string): Promise<void> {
    // "no-cache" asks the server whether its file has changed.
    const response = await this.#fetch(new Request(url, { cache: "no-cache" }));
    const { status, statusText, headers } = response;
    const { pathname } = new URL(url);
    if (!response.ok) throw new Error(`${pathname} was answered with status ${status}`);
    const type = headers.get("content-type") ?? "";
    if (/^text\/html\b/.test(type) && !/(\/|\.html?)$/.test(pathname)) {
      throw new Error(`${pathname} was answered with HTML: the host does not have the file`);
    }
    // A page that came by a redirect cannot answer a navigation.
    await cache.put(url, new Response(response.body, { status, statusText, headers }));
  }
}

/** The URL of a request, for a page without its query. */
function plainUrl({ url, mode }: Request): string {
  const plain = new URL(url);
  plain.hash = "";
  if (mode === "navigate") plain.search = "";
  return plain.href;
}
