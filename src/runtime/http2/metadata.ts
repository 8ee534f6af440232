/**
 * Metadata: headers and trailers between `node:http2` and Connect, which has them as `Headers`.
 * @module
 */

import type { OutgoingHttpHeaders } from "node:http2";
import { NO_HOST } from "../runtime.ts";

/**
 * What a client sent along, without HTTP/2's own fields.
 *
 * @param raw names and values, in turns
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

/** Headers or trailers as `node:http2` takes them. */
export function outgoing(header: Headers | undefined): OutgoingHttpHeaders {
  if (header === undefined) return {};
  const record: OutgoingHttpHeaders = Object.fromEntries(header);
  const cookies = header.getSetCookie();
  if (cookies.length > 1) record["set-cookie"] = cookies;
  const message = header.get("grpc-message");
  if (message !== null) record["grpc-message"] = message.replace(NEEDLESS, decodeURIComponent);
  return record;
}

/**
 * What stands for itself in the message of a gRPC status: ASCII but for the percent sign. Connect
 * escapes more of it, as for a URL, and some clients, grpc-js for one, do not undo that.
 */
const NEEDLESS = /%(2[1-46-9A-F]|[3-6][0-9A-F]|7[0-9A-E])/g;

let last = { authority: NO_HOST, host: NO_HOST };

/** The authority of a request where it can stand in a URL, and else a name for none. */
export function hostOf(authority: string): string {
  if (authority === last.authority) return last.host;
  const usable = /^[^/?#@\\\s]+$/.test(authority) && URL.canParse(`http://${authority}`);
  last = { authority, host: usable ? authority : NO_HOST };
  return last.host;
}
