/**
 * Server: the server that the page comes from. Its paths are relative to the page's, so that they
 * are right below any prefix. The API key, if one is needed, is kept for the tab's session.
 * @module
 */

const KEY = "ekiben-api-key";

/** Requests to the server. */
export class Server {
  /** The URL below which all is, with a slash at its end. */
  readonly base: string;
  #key: string | undefined;
  /** Called when an answer says that a key is needed, or that it is wrong. */
  onKeyNeeded: (isWrong: boolean) => void = () => {};
  /** Called when there is no answer, or one that says that the service is unavailable. */
  onTrouble: () => void = () => {};

  /** @param url the URL of the page */
  constructor(url: string) {
    this.base = baseOf(url);
    this.#key = readKey();
  }

  /** The API key; undefined if the user has given none. */
  get key(): string | undefined {
    return this.#key;
  }

  set key(key: string | undefined) {
    this.#key = key;
    try {
      if (key === undefined) sessionStorage.removeItem(KEY);
      else sessionStorage.setItem(KEY, key);
    } catch {
      // Without storage, the key is forgotten with the page.
    }
  }

  /** Returns the headers that every request has. */
  headers(): Record<string, string> {
    return this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` };
  }

  /** @param path a path with its leading slash */
  urlOf(path: string): string {
    return `${this.base}${path.replace(/^\//, "")}`;
  }

  /** Sends a request. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...this.headers(), ...(init.headers as Record<string, string>) };
    let response: Response;
    try {
      response = await fetch(this.urlOf(path), { ...init, headers });
    } catch (error) {
      if (init.signal?.aborted !== true) this.onTrouble();
      throw error;
    }
    if (response.status === 503) this.onTrouble();
    if (response.status === 401) this.onKeyNeeded(this.#key !== undefined);
    return response;
  }

  /** Gets a JSON document; undefined if there is none. @throws Error for one that is no JSON */
  async json<T>(path: string): Promise<T | undefined> {
    const response = await this.fetch(path, { headers: { accept: "application/json" } });
    if (!response.ok) return undefined;
    const text = await response.text();
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new Error(`${path} is not JSON, as if it were of another server`, { cause });
    }
  }
}

/** Returns the URL below which all is: that of the page, with a slash at its end. */
export function baseOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.endsWith("/") ? pathname : `${pathname}/`}`;
}

function readKey(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}
