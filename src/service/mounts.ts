/**
 * Mounts: web applications of the user's own, each at a path beside the APIs.
 * @module
 */

import { requireUnique } from "../check.ts";
import { checkRoute, isReserved, type Route } from "./routes.ts";

/** A function that answers requests, such as the `fetch` of a Hono application. */
export type FetchHandler = (
  request: Request,
  ...rest: readonly never[]
) => Response | Promise<Response>;

/** A web application: a function that answers requests, or an object with one as its `fetch`. */
export type Mountable = FetchHandler | { readonly fetch: FetchHandler };

/** A web application, and the path at which and below which it answers. */
export interface Mount {
  /** The path, with a leading slash and without a trailing one. */
  readonly path: string;
  /** @param env the bindings of the host, and its execution context: Hono's `c.env` and so on */
  fetch(request: Request, env: unknown, executionCtx: unknown): Response | Promise<Response>;
}

/**
 * Returns the mounts of a service.
 *
 * @param routes the routes of its APIs
 * @throws TypeError for an invalid path, for one of an API, of another mount or of the server
 *   itself, and for a value that is not a fetch handler
 */
export function mountsOf(
  mount: Readonly<Record<string, Mountable>>,
  routes: readonly Route[],
): readonly Mount[] {
  const mounts = Object.entries(mount).map(([path, target]) => ({
    path: pathOf(path),
    fetch: fetchOf(path, target),
  }));
  requireUnique(
    mounts.map(({ path }) => path),
    (path) => `Cannot mount twice at ${path}`,
  );
  for (const { path } of mounts) {
    const api = routes.find((route) => isWithin(route.path, path));
    if (api !== undefined) {
      throw new TypeError(`Cannot mount at ${path}: API "${api.name}" is at ${api.path}`);
    }
    const other = mounts.find((each) => each.path !== path && isWithin(each.path, path));
    if (other !== undefined) {
      throw new TypeError(`Cannot mount at ${path}: another mount is at ${other.path}`);
    }
  }
  return mounts;
}

/** Returns true if a path is another one, or below it. */
export function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}

function pathOf(given: string): string {
  if (given === "/") {
    throw new TypeError("Cannot mount at /: that path is the server's own, so choose another");
  }
  checkRoute(given);
  const path = given.startsWith("/") ? given : `/${given}`;
  if (!isReserved(path) && !isReserved(`${path}/`)) return path;
  throw new TypeError(`Cannot mount at ${path}: that path is the server's own`);
}

function fetchOf(path: string, target: unknown): Mount["fetch"] {
  if (typeof target === "function") return target as Mount["fetch"];
  const fetch: unknown = (target as { readonly fetch?: unknown } | null | undefined)?.fetch;
  // Called on its object, which a `fetch` may need as its `this`.
  if (typeof fetch === "function") return (...args) => Reflect.apply(fetch, target, args);
  throw new TypeError(
    `Cannot mount at ${path}: expected a function from Request to Response, or an object with ` +
      `such a fetch(), but was given ${target}`,
  );
}
