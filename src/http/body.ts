/**
 * Reads the body of a request, bounded in size before and after decompression.
 * @module
 */

import type { Context } from "hono";
import type { Share } from "../byte-budget.ts";
import type { Clock } from "../clock.ts";
import { invalidArgument, messageOf, ServiceError } from "../error.ts";
import { excerpt } from "../io/wording.ts";
import { discard } from "../rpc/discard.ts";
import type { BodyFormat, Decompress } from "./decompress/decompress.ts";
import { isDisconnect } from "./disconnect.ts";

/** The formats by their names in `Content-Encoding`. */
const ENCODINGS: Readonly<Record<string, BodyFormat>> = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
};

/** The variable of Hono's context that is true once a request's body has been read to its end. */
export const BODY_READ = "bodyRead";

/**
 * Discards the unread rest of a body, before the answer is sent. If the rest is too long, the
 * connection is closed, since it would be parsed as the next request.
 */
export async function discardBody(c: Context, clock: Clock): Promise<void> {
  if (c.get(BODY_READ) === true || c.req.method === "GET" || c.req.method === "HEAD") return;
  const { body } = c.req.raw;
  if (body === null) return;
  if (body.locked || !(await discard(body.getReader(), clock))) c.header("connection", "close");
}

/** The bounds of a body, and how it is decompressed. */
export interface BodyLimits {
  /** The largest size, before and after decompression. */
  readonly maxBytes: number;
  /** Counts the bytes in memory. The caller closes it. */
  readonly share: Share;
  /** The signal of the request. */
  readonly signal: AbortSignal;
  readonly decompress: Decompress;
  /** True if the body cannot be longer than its `Content-Length`: see `checksLength()`. */
  readonly isLengthChecked: boolean;
}

/**
 * Bodies of checked lengths up to this are read from the runtime at once, which is faster, and
 * counted on arrival: those in transit are bounded by the number of connections.
 */
const SMALL_BYTES = 64 * 1024;

/**
 * Reads the whole body of a request, and decompresses it.
 *
 * @param receive reads the body as it was sent. Default: `receiveBody()`
 * @throws ServiceError as `receiveBody()` does; `unsupported_media_type` for an unknown
 *   `Content-Encoding`; `invalid_argument` for a body that does not decompress
 */
export async function readBody(
  request: Request,
  limits: BodyLimits,
  receive?: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const declared = checkDeclared(request, limits);
  const { body } = request;
  if (body === null) return new Uint8Array(0);
  const format = formatOf(request.headers.get("content-encoding"));
  const bytes = await (receive?.() ?? received(request, body, declared, limits));
  // Some clients send an encoding even without a body.
  if (format === undefined || bytes.length === 0) return bytes;
  const inflated = await inflate(format, bytes, limits);
  limits.share.hold(inflated.length);
  return inflated;
}

/**
 * Reads the whole body of a request as it was sent.
 *
 * @throws ServiceError `payload_too_large` over the limit, without reading further; `unavailable`
 *   if all requests together hold too much; `canceled` for a body whose client has
 *   disconnected; the signal's reason when it is aborted
 */
export async function receiveBody(request: Request, limits: BodyLimits): Promise<Uint8Array> {
  const declared = checkDeclared(request, limits);
  const { body } = request;
  return body === null ? new Uint8Array(0) : await received(request, body, declared, limits);
}

/** Returns the declared length of a body; 0 if there is none. */
function checkDeclared({ headers }: Request, { maxBytes }: BodyLimits): number {
  const declared = Number(headers.get("content-length") ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes, `of ${declared} bytes `);
  return declared;
}

function formatOf(contentEncoding: string | null): BodyFormat | undefined {
  const encoding = contentEncoding?.trim().toLowerCase() ?? "";
  if (encoding === "" || encoding === "identity") return undefined;
  const format = Object.hasOwn(ENCODINGS, encoding) ? ENCODINGS[encoding] : undefined;
  if (format !== undefined) return format;
  throw new ServiceError(
    "unsupported_media_type",
    `Cannot read a body with Content-Encoding "${excerpt(encoding)}": send it as gzip, ` +
      "deflate or as it is",
  );
}

async function received(
  request: Request,
  body: ReadableStream<Uint8Array>,
  declared: number,
  limits: BodyLimits,
): Promise<Uint8Array> {
  try {
    const isSmall = declared > 0 && declared <= SMALL_BYTES;
    if (!isSmall || !limits.isLengthChecked) return await collect(body, declared, limits);
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.length > limits.maxBytes) throw tooLarge(limits.maxBytes, "");
    limits.share.hold(bytes.length);
    return bytes;
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    if (isDisconnect(request, error)) {
      throw new ServiceError("canceled", "The caller closed the request");
    }
    throw invalidArgument(`The body could not be read to its end: ${messageOf(error)}`, error);
  }
}

async function collect(
  body: ReadableStream<Uint8Array>,
  declared: number,
  { maxBytes, share, signal }: BodyLimits,
): Promise<Uint8Array> {
  const reader = body.getReader();
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const onAbort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  // The declared length is not trusted: memory is allocated as bytes arrive.
  let bytes: Uint8Array = new Uint8Array(0);
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), aborted.promise]);
      if (done) return bytes.subarray(0, length);
      const end = length + value.length;
      if (end > maxBytes) throw tooLarge(maxBytes, "");
      share.hold(end);
      if (length === 0) {
        // Usually all of a small body. A chunk of a pool is copied, so that it can be transferred.
        bytes = value.length === value.buffer.byteLength ? value : value.slice();
      } else {
        if (end > bytes.length) bytes = grown(bytes, length, end, declared);
        bytes.set(value, length);
      }
      length = end;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // The body is not canceled: some runtimes would close its connection before the answer is
    // sent. The body of a request that timed out stays locked.
    if (!signal.aborted) reader.releaseLock();
  }
}

/**
 * Returns a larger buffer with the same content: four times as large, but no larger than the
 * declared length if that suffices. The system commits pages only when they are written, and at
 * most a third of the bytes is copied.
 */
function grown(
  bytes: Uint8Array,
  length: number,
  needed: number,
  declared: number,
): Uint8Array<ArrayBuffer> {
  const more = Math.max(needed, SMALL_BYTES, 4 * bytes.length);
  const larger = new Uint8Array(declared >= needed ? Math.min(declared, more) : more);
  larger.set(bytes.subarray(0, length));
  return larger;
}

async function inflate(
  format: BodyFormat,
  bytes: Uint8Array,
  { maxBytes, decompress }: BodyLimits,
): Promise<Uint8Array> {
  let inflated: Uint8Array | "too large";
  try {
    inflated = await decompress(format, bytes, maxBytes);
  } catch (error) {
    // Some runtimes give no reason, or one about their own streams.
    const text = `The body is not ${format}, ends too early, or has data after its end`;
    throw invalidArgument(text, error);
  }
  if (inflated === "too large") throw tooLarge(maxBytes, "");
  return inflated;
}

function tooLarge(maxBytes: number, size: string): ServiceError {
  return new ServiceError(
    "payload_too_large",
    `The body ${size}is too large: at most ${maxBytes} bytes are accepted`,
  );
}
