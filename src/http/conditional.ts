/**
 * conditional(): answers of caches with a tag, and without a body where the caller has it.
 * @module
 */

import { hasAnswer, type KeptAnswer, setCacheHeaders } from "../invocation/cache-headers.ts";
import type { ReplyParts } from "./reply.ts";

/**
 * Returns an answer with the headers `ETag`, `Cache-Control` and `Vary`; or 304 without a body, if
 * its caller names the tag in `If-None-Match`. RFC 9110 has 304 for GET and HEAD; here it is also
 * the answer to a POST, since an API or a model whose answers are kept has no other effects.
 */
export function conditional(parts: ReplyParts, answer: KeptAnswer): ReplyParts {
  const { status, body, type, model } = parts;
  if (status !== 200 || body === null || body instanceof ReadableStream) return parts;
  const headers = new Headers(parts.headers);
  setCacheHeaders(headers, answer);
  const form = [
    type ?? headers.get("content-type"),
    headers.get("inference-header-content-length"),
  ];
  return hasAnswer(headers, body, form, answer.header)
    ? { status: 304, body: null, model, headers }
    : { status, body, type, model, headers };
}
