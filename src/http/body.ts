/**
 * Reading a request's body, bounded in size before and after decompression.
 * @module
 */

import { invalidArgument, messageOf, ServiceError } from "../error.ts";

/** What `DecompressionStream` undoes, by the name `Content-Encoding` gives it. */
const ENCODINGS: Readonly<Record<string, "gzip" | "deflate">> = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
};

/**
 * The whole body of a request.
 *
 * @param maxBytes the most it may be, before and after decompression
 * @throws ServiceError `payload_too_large` over that, without reading further;
 *   `unsupported_media_type` for an unknown `Content-Encoding`; `invalid_argument` for a body
 *   that ends early or does not decompress
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes, `of ${declared} bytes `);
  const { body } = request;
  if (body === null) return new Uint8Array(0);
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  try {
    if (encoding === "identity" && declared > 0) return new Uint8Array(await request.arrayBuffer());
    return await collect(decompressed(body, encoding), maxBytes);
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw invalidArgument(`The body could not be read to its end: ${messageOf(error)}`, error);
  }
}

function decompressed(body: ReadableStream, encoding: string): ReadableStream<Uint8Array> {
  if (encoding === "identity" || encoding === "") return body;
  const format = Object.hasOwn(ENCODINGS, encoding) ? ENCODINGS[encoding] : undefined;
  if (format !== undefined) return body.pipeThrough(new DecompressionStream(format));
  throw new ServiceError(
    "unsupported_media_type",
    `Cannot read a body with Content-Encoding "${encoding}": send it as gzip, deflate or as it is`,
  );
}

async function collect(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.byteLength;
    // Leaving the loop cancels the stream, so nothing more is read or unpacked.
    if (length > maxBytes) throw tooLarge(maxBytes, "");
    chunks.push(chunk);
  }
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

function tooLarge(maxBytes: number, size: string): ServiceError {
  return new ServiceError(
    "payload_too_large",
    `The body ${size}is too large: at most ${maxBytes} bytes are taken`,
  );
}
