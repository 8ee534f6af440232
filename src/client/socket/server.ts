/**
 * socketFetch(): requests over a Unix domain socket, on Bun, Deno and Node.
 * @module
 */

import { request as open } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream as NodeStream } from "node:stream/web";

/** Statuses whose answers have no body; a `Response` refuses one. */
const BODILESS: readonly number[] = [204, 205, 304];

/**
 * Returns a `fetch` whose requests go to a socket, whatever the host in their URL.
 *
 * @param path the path of the socket in the file system
 */
export function socketFetch(path: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const { method, url, headers, signal } = request;
    const { pathname, search } = new URL(url);
    // A body of known length: a server need not take chunks, and calls are in memory anyhow.
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const sent = open({
      socketPath: path,
      method,
      path: pathname + search,
      headers: { ...Object.fromEntries(headers), host: "localhost" },
      signal,
    });
    sent.on("error", reject);
    sent.on("response", (received) => {
      const { statusCode: status = 500, rawHeaders } = received;
      const answered = new Headers();
      for (let at = 0; at < rawHeaders.length; at += 2) {
        answered.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
      }
      const stream: NodeStream = Readable.toWeb(received);
      const isEmpty = BODILESS.includes(status);
      if (isEmpty) received.resume();
      const content = isEmpty ? null : (stream as unknown as ReadableStream<Uint8Array>);
      resolve(new Response(content, { status, headers: answered }));
    });
    sent.end(body);
    return await promise;
  };
}
