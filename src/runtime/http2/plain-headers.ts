/**
 * sendPlainHeaders(): answers without HPACK's dynamic table, for Bun, whose encoder uses 4096 bytes
 * of it even if the client allows fewer (seen in 1.4.5). nginx and Envoy may allow none, and close
 * the connection on a reference into it (RFC 7541, section 4.2).
 * @module
 */

import {
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  sensitiveHeaders,
} from "node:http2";
import process from "node:process";

/** The default size of the table, which Bun assumes. */
const DEFAULT_BYTES = 4096;

/** Returns true if the client allows a smaller table than Bun uses. */
export function needsPlainHeaders({ remoteSettings }: ServerHttp2Session): boolean {
  if (process.versions["bun"] === undefined) return false;
  return (remoteSettings?.headerTableSize ?? DEFAULT_BYTES) < DEFAULT_BYTES;
}

/** Sends the headers and trailers of an answer as literals, by marking them as sensitive. */
export function sendPlainHeaders(stream: ServerHttp2Stream): void {
  const respond = stream.respond.bind(stream);
  stream.respond = (headers = {}, ...rest) => {
    const named = headers as OutgoingHttpHeaders;
    // Bun would add and index its own.
    respond(plain({ date: new Date().toUTCString(), ...named }), ...rest);
  };
  const sendTrailers = stream.sendTrailers.bind(stream);
  stream.sendTrailers = (trailers) => sendTrailers(plain(trailers));
}

function plain(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return { ...headers, [sensitiveHeaders]: Object.keys(headers) };
}
