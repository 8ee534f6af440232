/**
 * Metadata: headers and trailers between `node:http2` and Connect, which has them as `Headers`.
 * @module
 */

import type { OutgoingHttpHeaders } from "node:http2";
import { NO_HOST } from "../listener.ts";

/**
 * Returns the headers of a client without the fields of HTTP/2 itself.
 *
 * @param raw names and values, alternating
 * @throws TypeError for a name or a value that no header can have
 */
export function metadataOf(raw: readonly string[]): Headers {
  const metadata = new Headers();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    if (!name.startsWith(":")) metadata.append(name, raw[at + 1] as string);
  }
  // A gRPC answer is compressed when its request is: nearly every client says that it could read
  // gzip, and compressing each answer would cost more than all the rest of the call.
  const encoding = metadata.get("grpc-encoding") ?? "identity";
  if (encoding === "identity") metadata.delete("grpc-accept-encoding");
  return metadata;
}

/** The fields that HTTP/2 does not have (RFC 9113, section 8.2.2). */
const OF_CONNECTIONS = [
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
];

/** Returns headers or trailers in the form of `node:http2`. */
export function outgoing(header: Headers | undefined): OutgoingHttpHeaders {
  if (header === undefined) return {};
  const record: OutgoingHttpHeaders = Object.fromEntries(header);
  for (const name of OF_CONNECTIONS) delete record[name];
  const cookies = header.getSetCookie();
  if (cookies.length > 1) record["set-cookie"] = cookies;
  const message = header.get("grpc-message");
  if (message !== null) record["grpc-message"] = message.replace(NEEDLESS, decodeURIComponent);
  return record;
}

/**
 * The characters of the message of a gRPC status that are not escaped: ASCII but for the percent
 * sign. Connect escapes more, as for a URL, which some clients, such as grpc-js, do not decode.
 */
const NEEDLESS = /%(2[1-46-9A-F]|[3-6][0-9A-F]|7[0-9A-E])/g;

let last = { authority: NO_HOST, host: NO_HOST };

/** Returns the authority of a request if a URL can have it, or else a placeholder. */
export function hostOf(authority: string): string {
  if (authority === last.authority) return last.host;
  const usable = /^[^/?#@\\\s]+$/.test(authority) && URL.canParse(`http://${authority}`);
  last = { authority, host: usable ? authority : NO_HOST };
  return last.host;
}
