/**
 * socketFetch() where there are no Unix domain sockets: in browsers and in workerd.
 * @module
 */

/** @throws TypeError always */
export function socketFetch(path: string): (request: Request) => Promise<Response> {
  throw new TypeError(`Cannot connect to the socket ${path}: only Bun, Deno and Node have sockets`);
}
