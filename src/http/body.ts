/**
 * Reading a request's body, bounded in size before and after decompression.
 * @module
 */

import type { Context } from "hono";
import { invalidArgument, messageOf, ServiceError } from "../error.ts";
import type { Clock } from "../host.ts";
import { cut } from "../io/wording.ts";
import { join } from "../rpc/bytes.ts";
import { discard } from "../rpc/discard.ts";
import { isDisconnect } from "./disconnect.ts";

/** What `DecompressionStream` undoes, by the name `Content-Encoding` gives it. */
const ENCODINGS: Readonly<Record<string, "gzip" | "deflate">> = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
};

/** The variable of Hono's context that says that a request's body was read to its end. */
export const BODY_READ = "bodyRead";

/**
 * Sees to what was not read of a body, before the answer is sent: it is dropped, and where that is
 * not all of it, the connection is closed, for the rest would be taken for the next request.
 */
export async function leaveBody(c: Context, clock: Clock): Promise<void> {
  if (c.get(BODY_READ) === true || c.req.method === "GET" || c.req.method === "HEAD") return;
  const { body } = c.req.raw;
  if (body === null) return;
  if (body.locked || !(await discard(body.getReader(), clock))) c.header("connection", "close");
}

/**
 * The whole body of a request.
 *
 * @param maxBytes the most it may be, before and after decompression
 * @throws ServiceError `payload_too_large` over that, without reading further;
 *   `unsupported_media_type` for an unknown `Content-Encoding`; `canceled` for a
 *   body whose caller has left; `invalid_argument` for one that does not decompress
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes, `of ${declared} bytes `);
  const { body } = request;
  if (body === null) return new Uint8Array(0);
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  try {
    if (encoding === "identity" && declared > 0) return new Uint8Array(await request.arrayBuffer());
    const bytes = decompressed(body, encoding);
    const reader = bytes.getReader();
    try {
      return await collect(reader, maxBytes);
    } finally {
      // Nothing more is unpacked. The body itself is not canceled: to some runtimes that is the end
      // of its connection, before the answer is sent.
      if (bytes === body) reader.releaseLock();
      else reader.cancel().catch(() => {});
    }
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    if (isDisconnect(request, error)) {
      throw new ServiceError("canceled", "The caller closed the request");
    }
    throw invalidArgument(`The body could not be read to its end: ${messageOf(error)}`, error);
  }
}

function decompressed(body: ReadableStream, encoding: string): ReadableStream<Uint8Array> {
  if (encoding === "identity" || encoding === "") return body;
  const format = Object.hasOwn(ENCODINGS, encoding) ? ENCODINGS[encoding] : undefined;
  if (format !== undefined) {
    return body.pipeThrough(new DecompressionStream(format), { preventCancel: true });
  }
  throw new ServiceError(
    "unsupported_media_type",
    `Cannot read a body with Content-Encoding "${cut(encoding)}": send it as gzip, deflate or as ` +
      "it is",
  );
}

async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > maxBytes) throw tooLarge(maxBytes, "");
    chunks.push(value);
  }
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : join(chunks);
}

function tooLarge(maxBytes: number, size: string): ServiceError {
  return new ServiceError(
    "payload_too_large",
    `The body ${size}is too large: at most ${maxBytes} bytes are taken`,
  );
}
