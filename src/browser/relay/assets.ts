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
}

/** Keeps the files of a page. */
export class AssetCache {
  readonly #scope: Pick<WorkerScope, "caches" | "registration">;
  readonly #urls: ReadonlySet<string>;
  readonly #name: string;
  readonly #prefix: string;

  constructor(scope: Pick<WorkerScope, "caches" | "registration">, { version, files }: Assets) {
    this.#scope = scope;
    const base = scope.registration.scope;
    this.#urls = new Set(files.map((file) => new URL(file, base).href));
    this.#prefix = `ekiben ${base} `;
    this.#name = this.#prefix + version;
  }

  /** Caches all files. @throws Error that names the first one that cannot be had */
  async fill(): Promise<void> {
    const cache = await this.#scope.caches.open(this.#name);
    try {
      await Promise.all([...this.#urls].map((url) => put(cache, url)));
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
    return request.method === "GET" && this.#urls.has(plainUrl(request));
  }

  /** Returns a file; from the network if the browser has removed it from the cache. */
  async get(request: Request): Promise<Response> {
    const cache = await this.#scope.caches.open(this.#name);
    return (await cache.match(plainUrl(request))) ?? (await fetch(request));
  }
}

/** The URL of a request, for a page without its query. */
function plainUrl({ url, mode }: Request): string {
  const plain = new URL(url);
  plain.hash = "";
  if (mode === "navigate") plain.search = "";
  return plain.href;
}

async function put(cache: Cache, url: string): Promise<void> {
  // "no-cache" asks the server whether its file has changed.
  const response = await fetch(new Request(url, { cache: "no-cache" }));
  const { status, statusText, headers } = response;
  const { pathname } = new URL(url);
  if (!response.ok) throw new Error(`${pathname} was answered with status ${status}`);
  const type = headers.get("content-type") ?? "";
  if (/^text\/html\b/.test(type) && !/(\/|\.html?)$/.test(pathname)) {
    throw new Error(
      `${pathname} was answered with a page of HTML: the host does not have the file`,
    );
  }
  // A page that came by a redirect cannot answer a navigation.
  await cache.put(url, new Response(response.body, { status, statusText, headers }));
}
