/**
 * The target of a client: a URL, an application in this process, or a socket.
 * @module
 */

import { socketFetch } from "#client-socket";
import type { Place } from "./transport.ts";

/** Anything that answers requests: an `app()`, a Hono application, a service binding. */
export interface Fetcher {
  fetch(request: Request): Response | Promise<Response>;
}

/** A server that listens on a Unix domain socket. */
export interface Socket {
  /** The path of the socket in the file system. */
  readonly socket: string;
}

/** The server of a client. */
export type Target = string | URL | Fetcher | Socket;

/** The host in the URLs of requests that go to no host. */
const NOWHERE = "http://localhost";

/** @throws TypeError for anything but a URL or something with a `fetch()` */
export function placeOf(target: Target, fetch: Place["fetch"] | undefined): Place {
  const { fetch: own, socket } = (target ?? {}) as Partial<Fetcher & Socket>;
  if (own !== undefined)
    return { base: NOWHERE, fetch: fetch ?? ((each) => own.call(target, each)) };
  if (socket !== undefined) return { base: NOWHERE, fetch: fetch ?? socketFetch(socket) };
  const base = (typeof target === "string" || target instanceof URL) && baseOf(target);
  if (base) return { base, fetch: fetch ?? ((request) => globalThis.fetch(request)) };
  throw new TypeError(
    "A client needs the URL of a server, such as http://localhost:3000, or an object with a " +
      `fetch(), but was given "${target}"`,
  );
}

/** Returns the URL of the page or the worker; undefined in most runtimes, which have none. */
export function pageUrl(): PageUrl | undefined {
  return (globalThis as { readonly location?: PageUrl }).location;
}

type PageUrl = Pick<URL, "href" | "origin">;

/**
 * Returns a URL without a slash at the end; that of a page may be relative to the page. Undefined
 * for what is no URL of a server.
 */
function baseOf(target: string | URL): string | undefined {
  try {
    const url = new URL(target, pageUrl()?.href);
    // `localhost:3000` is a URL without a host, whose scheme is `localhost`.
    if (url.host) return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  } catch {
    // It is no URL at all.
  }
  return undefined;
}
