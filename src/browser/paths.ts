/**
 * The paths of a service: which it answers, and which of them are calls.
 * @module
 */

import { endpoints } from "../app/endpoints.ts";
import { pathsOf as restPaths } from "../http/http-app.ts";
import { methodPaths } from "../rpc/paths.ts";
import type { Service } from "../service/service.ts";

/** Returns all paths that a service answers; one that ends in `/*` stands for all below it. */
export function pathsOf(service: Service): readonly string[] {
  return [...restPaths(service), ...methodPaths(service)];
}

/**
 * Returns a function that returns the kind of a request: the path of its API or mount, for which
 * places are compared; `undefined` for one that is no call, such as `GET /metrics`.
 */
export function kinds(service: Service): (request: Request) => string | undefined {
  const endpointOf = endpoints(service, methodPaths(service));
  return ({ url, method }) => endpointOf(method, new URL(url).pathname);
}

/** Matches the media types of outputs that are never HTML, whatever their handlers return. */
const NEVER_HTML = /^(?:application\/json|text\/plain|image\/)/;

/** Returns the paths of the APIs whose answers are never HTML. */
export function pathsWithoutHtml({ routes }: Service): ReadonlySet<string> {
  const found = routes.filter(({ api }) => NEVER_HTML.test(api.output.mediaType));
  return new Set(found.map(({ path }) => path));
}

/** Returns the request for the arguments of `fetch()`. A string is a path of the service. */
export function serviceRequest(input: Request | URL | string, init?: RequestInit): Request {
  if (typeof input !== "string") return new Request(input, init);
  const origin = globalThis.location?.origin;
  const base = origin === undefined || origin === "null" ? "http://localhost" : origin;
  return new Request(new URL(input, base), init);
}
