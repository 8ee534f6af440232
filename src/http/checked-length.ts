/**
 * checksLength(): recognises servers whose parser ends a body at its `Content-Length`. Other
 * callers of `fetch()`, such as an HTTP/2 server, may pass a longer body. A body of checked length
 * can be read at once, which takes half the time.
 * @module
 */

/** The second argument of `fetch` from a server whose parser ends bodies at their length. */
export const CHECKS_LENGTH: object = {};

/**
 * Returns true for the second argument that the HTTP/1.1 servers of `Bun.serve()`, `Deno.serve()`
 * and `@hono/node-server` pass to `fetch`, and for `CHECKS_LENGTH`.
 */
export function checksLength(env: unknown): boolean {
  if (env === CHECKS_LENGTH) return true;
  if (typeof env !== "object" || env === null) return false;
  if ("incoming" in env) {
    const { httpVersionMajor } = env.incoming as { readonly httpVersionMajor?: number };
    return httpVersionMajor === 1;
  }
  return "requestIP" in env || ("remoteAddr" in env && "completed" in env);
}
