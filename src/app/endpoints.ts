/**
 * endpoints(): the requests that need the service, by the endpoint that they are for.
 * @module
 */

import { patternOf } from "../http/oip/routes.ts";
import { isWithin } from "../service/mounts.ts";
import type { Service } from "../service/service.ts";

/**
 * Returns the endpoint of a request: the path of an API, an RPC or a mount, or the pattern of a
 * route of models; else `undefined`.
 */
export type EndpointOf = (method: string, path: string) => string | undefined;

/**
 * Returns a function that finds the endpoint of a request.
 *
 * @param rpcs the paths of the RPCs
 */
export function endpoints({ routes, mounts, models }: Service, rpcs: Iterable<string>): EndpointOf {
  const apis = new Set(routes.map(({ path }) => path));
  // Health checks and reflection are no calls of the service.
  const called = new Set([...rpcs].filter((each) => !each.startsWith("/grpc.")));
  return (method, path) => {
    if (apis.has(path) || called.has(path)) return method === "POST" ? path : undefined;
    const ofModels = models === undefined ? undefined : patternOf(method, path);
    if (ofModels !== undefined) return ofModels;
    return mounts.find((mount) => isWithin(path, mount.path))?.path;
  };
}
