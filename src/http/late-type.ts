/**
 * The type of a text on Bun, which makes it when a response is sent, and only for a response that
 * nobody has looked into or made anew. Other runtimes make it with the response.
 * @module
 */

import { peek } from "./passed-body.ts";

/** True on Bun. */
let typesLate: boolean | undefined;

/** The type of a text: see the Fetch standard, "extract a body". */
const TEXT = "text/plain;charset=UTF-8";

/** Gives a response the type of a text, if it is one that would lose its type. */
export async function typed(response: Response): Promise<Response> {
  const { body, status, headers } = response;
  if (body === null || !mayLackType(headers)) return response;
  const peeked = await peek(body, () => {});
  if ("stream" in peeked) return new Response(peeked.stream, { status, headers });
  return new Response(peeked.bytes, { status, headers: typedHeaders(peeked.bytes, headers) });
}

/** Returns the headers of a whole body, with the type of a text if it may have lost that. */
export function typedHeaders(bytes: Uint8Array, headers: Headers): Headers {
  if (!mayLackType(headers) || !isText(bytes)) return headers;
  const own = new Headers(headers);
  own.set("content-type", TEXT);
  return own;
}

function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function mayLackType(headers: Headers): boolean {
  if (headers.has("content-type")) return false;
  // Not at the start: workerd makes no bodies outside of requests.
  typesLate ??= !new Response("").headers.has("content-type");
  return typesLate;
}
