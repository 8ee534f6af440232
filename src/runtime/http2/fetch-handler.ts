/**
 * fetchHandler: answers the requests of HTTP/2 that are not calls.
 * @module
 */

import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { getRequestListener } from "@hono/node-server";
import { ServerEnv } from "../../http/server-env.ts";
import { isStreamed } from "../../http/stream.ts";
import { abortOnError } from "../abort-on-error.ts";
import { type Fetch, NO_HOST } from "../listener.ts";
import { hasDotSegments, withRawPath } from "../request-shape.ts";

/** Answers one request of an HTTP/2 server. */
export type Http2Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** Answers requests by `fetch`. */
export function fetchHandler(fetch: Fetch): Http2Handler {
  const listener = getRequestListener(
    async (request, { incoming, outgoing }) => {
      const { url = "" } = incoming;
      const raw = hasDotSegments(url) ? withRawPath(request, url) : request;
      const env = new ServerEnv(false, () => incoming.socket?.remoteAddress);
      const response = forHttp2(await fetch(raw, env));
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
    // A failed stream is closed anyway. Without listeners, its error would end the process.
    request.on("error", ignore);
    response.on("error", ignore);
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

function ignore(): void {}
