/**
 * fetchHandler: answers the requests of HTTP/2 that are no calls.
 * @module
 */

import { getRequestListener } from "@hono/node-server";
import { type Fetch, NO_HOST } from "../runtime.ts";
import type { Http2Handler } from "./rpc-handler.ts";

/** Answers requests by `fetch`. */
export function fetchHandler(fetch: Fetch): Http2Handler {
  const listener = getRequestListener(async (request) => forHttp2(await fetch(request)), {
    overrideGlobalObjects: false,
    hostname: NO_HOST,
  });
  return (request, response) => {
    void listener(request, response);
  };
}

/** HTTP/2 has no `Connection` (RFC 9113, section 8.2.2): `node:http2` would print a warning. */
function forHttp2(response: Response): Response {
  if (!response.headers.has("connection")) return response;
  const headers = new Headers(response.headers);
  headers.delete("connection");
  return new Response(response.body, { status: response.status, headers });
}
