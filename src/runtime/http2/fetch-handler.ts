/**
 * fetchHandler: answers the requests of HTTP/2 that are not calls.
 * @module
 */

import type { Http2ServerResponse } from "node:http2";
import { getRequestListener } from "@hono/node-server";
import { isStreamed } from "../../http/stream.ts";
import { abortOnError } from "../abort-on-error.ts";
import { hasDotSegments, withRawPath } from "../request-shape.ts";
import { type Fetch, NO_HOST } from "../runtime.ts";
import type { Http2Handler } from "./rpc-handler.ts";

/** Answers requests by `fetch`. */
export function fetchHandler(fetch: Fetch): Http2Handler {
  const listener = getRequestListener(
    async (request, { incoming, outgoing }) => {
      const { url = "" } = incoming;
      const raw = hasDotSegments(url) ? withRawPath(request, url) : request;
      const response = forHttp2(await fetch(raw));
      if (!isStreamed(request)) return response;
      const { stream } = outgoing as Http2ServerResponse;
      return abortOnError(response, () => {
        stream.on("error", () => {}); // the error of the next lines
        // Not close(), which ends the answer properly on Bun, even with the code of an error.
        stream.destroy(new Error("The answer was interrupted"));
      });
    },
    { overrideGlobalObjects: false, hostname: NO_HOST },
  );
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
