/**
 * endpoints(): the requests that need the service, by the endpoint that they are for.
 * @module
 */

import { isWithin } from "../service/mounts.ts";
import type { Service } from "../service/service.ts";

/** Returns the endpoint of a request: the path of an API, an RPC or a mount; else `undefined`. */
export type EndpointOf = (method: string, path: string) => string | undefined;

/**
 * Returns a function that finds the endpoint of a request.
 *
 * @param rpcs returns the paths of the RPCs. It is called once, at the first path of no API
 */
export function endpoints({ routes, mounts }: Service, rpcs: () => readonly string[]): EndpointOf {
  const apis = new Set(routes.map(({ path }) => path));
  let called: ReadonlySet<string> | undefined;
  const isCalled = (path: string): boolean => {
    // Health checks and reflection are no calls of the service.
    called ??= new Set(rpcs().filter((each) => !each.startsWith("/grpc.")));
    return called.has(path);
  };
  return (method, path) => {
    if (apis.has(path) || isCalled(path)) return method === "POST" ? path : undefined;
    return mounts.find((mount) => isWithin(path, mount.path))?.path;
  };
}
