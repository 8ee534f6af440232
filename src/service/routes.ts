/**
 * Routes: the HTTP paths of a service's APIs, checked when the service is defined.
 * @module
 */

import { requireUnique } from "../check.ts";
import type { AnyApi } from "./api.ts";

/** A path and the name of the API behind it. */
export interface Route {
  readonly path: string;
  readonly name: string;
  readonly api: AnyApi;
}

/** The paths that are the server's own. */
const RESERVED: ReadonlySet<string> = new Set([
  "/",
  "/docs.json",
  "/healthz",
  "/livez",
  "/metrics",
  "/openapi.json",
  "/readyz",
  "/schema.json",
]);

/**
 * Returns the routes of a service's APIs.
 *
 * @throws TypeError for an invalid name or path, and for a path that two APIs have
 */
export function routesOf(apis: Readonly<Record<string, AnyApi>>): readonly Route[] {
  const routes = Object.entries(apis).map(([name, api]) => ({
    path: routeOf(checkApiName(name), api),
    name,
    api,
  }));
  requireUnique(
    routes.map(({ path }) => path),
    (path) => `Cannot define a service with two routes named "${path}"`,
  );
  return routes;
}

/**
 * Returns the path of an API, with its leading slash.
 *
 * @throws TypeError for a path that cannot be a route or is the server's own
 */
export function routeOf(name: string, { route = name }: Pick<AnyApi, "route">): string {
  checkRoute(route);
  const path = route.startsWith("/") ? route : `/${route}`;
  if (!isReserved(path)) return path;
  throw new TypeError(`API "${name}" cannot be at ${path}: that path is the server's own`);
}

/** Returns true for a path that is the server's own. */
export function isReserved(path: string): boolean {
  return RESERVED.has(path) || path === "/v2" || path.startsWith("/v2/");
}

/** Segments of the characters that a URL path shows as they are (RFC 3986's unreserved ones). */
const ROUTE = /^\/?[-._~A-Za-z0-9]+(?:\/[-._~A-Za-z0-9]+)*$/;

/** @throws TypeError for a path that cannot be a route */
export function checkRoute(route: string): void {
  if (ROUTE.test(route)) return;
  throw new TypeError(
    `Cannot use ${JSON.stringify(route)} as a route: it must be segments of letters, digits and ` +
      '"-", ".", "_", "~", with "/" between them, such as "v1/predict"',
  );
}

/**
 * Checks the name of an API, which must be an identifier, as in BentoML. It is the name of a method
 * of typed clients, and an object with a method `then` is taken for a promise wherever it is
 * awaited or returned.
 */
function checkApiName(name: string): string {
  if (name === "then") {
    throw new TypeError(
      'Cannot name an API "then": a client with such a method would be taken for a promise. ' +
        'Name it otherwise, and give it the route "then"',
    );
  }
  if (/^[A-Za-z_]\w*$/.test(name)) return name;
  throw new TypeError(
    `Cannot name an API "${name}": it must be a letter or "_" followed by letters, digits and "_"`,
  );
}
