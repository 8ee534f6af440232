/**
 * Reads the body of a request, bounded in size before and after decompression.
 * @module
 */

import type { Clock } from "../clock.ts";
import { invalidArgument, messageOf, ServiceError } from "../error.ts";
import type { RequestContext } from "../invocation/request-context.ts";
import { excerpt } from "../io/wording.ts";
import { MIB } from "../limits.ts";
import { discard } from "../rpc/discard.ts";
import { BodyBuffer, type BufferLimits, SMALL_BYTES, tooLarge } from "./body-buffer.ts";
import type { BodyFormat, Decompress } from "./compression/compression.ts";
import type { ReceivedRequest } from "./received-request.ts";

/** The formats by their names in `Content-Encoding`. */
const ENCODINGS: Readonly<Record<string, BodyFormat>> = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
};

/**
 * Discards the unread rest of a body, before the answer is sent.
 *
 * @returns false if the rest is too long: the connection must be closed then, since it would be
 *   parsed as the next request
 */
export async function discardBody(
  body: ReadableStream<Uint8Array> | null,
  clock: Clock,
): Promise<boolean> {
  return body === null || (!body.locked && (await discard(body.getReader(), clock)));
}

/** The bounds of a body, before and after decompression, and how it is decompressed. */
export interface BodyLimits extends BufferLimits {
  /** The context of the request. */
  readonly context: Pick<RequestContext, "orAborted" | "orLate" | "isAborted">;
  readonly decompress: Decompress;
}

/**
 * Bodies of checked lengths up to this are read from the runtime at once, as long as there is room
 * for them: their whole length is counted before they arrive. Small ones are counted on arrival:
 * those in transit are bounded by the number of connections.
 */
export const AT_ONCE_BYTES: number = 4 * MIB;

/** Reads the body of a request as it was sent: see `receiveBody()`. */
export type Receive = (request: ReceivedRequest, limits: BodyLimits) => Promise<Uint8Array>;

/**
 * Reads the whole body of a request, and decompresses it. A small one that has arrived is returned
 * at once.
 *
 * @param receive reads the body as it was sent. Default: `receiveBody()`
 * @throws ServiceError as `receiveBody()` does; `unsupported_media_type` for an unknown
 *   `Content-Encoding`; `invalid_argument` for a body that does not decompress; the signal's reason
 *   as soon as it is aborted
 */
export function readBody(
  request: ReceivedRequest,
  limits: BodyLimits,
  receive: Receive | undefined,
): Promise<Uint8Array> | Uint8Array {
  const encoding = request.header("content-encoding");
  const isEncoded = encoding !== null && request.hasBody;
  if (!isEncoded && receive === undefined) {
    // Most bodies are small, and have no encoding. Each further promise would take as long as the
    // rest of this.
    const declared = checkDeclared(request, limits);
    if (isReadAtOnce(request, declared, limits)) return receiveAtOnce(request, limits);
    return limits.context.orLate(receiveParts(request, declared, limits));
  }
  const { context } = limits;
  if (!isEncoded) return context.orLate((receive ?? receiveBody)(request, limits));
  return context.orLate(readEncoded(request, limits, encoding, receive ?? receiveBody));
}

async function readEncoded(
  request: ReceivedRequest,
  limits: BodyLimits,
  encoding: string,
  receive: Receive,
): Promise<Uint8Array> {
  checkDeclared(request, limits);
  const format = formatOf(encoding);
  const bytes = await receive(request, limits);
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
export async function receiveBody(
  request: ReceivedRequest,
  limits: BodyLimits,
): Promise<Uint8Array> {
  const declared = checkDeclared(request, limits);
  if (isReadAtOnce(request, declared, limits)) return await receiveAtOnce(request, limits);
  return await receiveParts(request, declared, limits);
}

function receiveAtOnce(
  request: ReceivedRequest,
  limits: BodyLimits,
): Promise<Uint8Array> | Uint8Array {
  const { alignedAt } = limits;
  const arrived = request.arrived?.(alignedAt);
  if (arrived !== undefined) return held(arrived, limits);
  return limits.context.orLate(
    request.bytes(alignedAt),
    (bytes) => held(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes), limits),
    (error) => unread(request, error),
  );
}

/** Counts a body that has arrived. @throws ServiceError if it is too large */
function held(bytes: Uint8Array, { maxBytes, share }: BodyLimits): Uint8Array {
  if (bytes.length > maxBytes) throw tooLarge(maxBytes, "");
  share.hold(bytes.length);
  return bytes;
}

async function receiveParts(
  request: ReceivedRequest,
  declared: number,
  limits: BodyLimits,
): Promise<Uint8Array> {
  try {
    return await collect(request, declared, limits);
  } catch (error) {
    throw unread(request, error);
  }
}

/** Returns the error to answer with when a body could not be read. */
function unread(request: ReceivedRequest, error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (request.isDisconnect(error)) {
    return new ServiceError("canceled", "The caller closed the request");
  }
  return invalidArgument(`The body could not be read to its end: ${messageOf(error)}`, error);
}

/** Returns true for a body that is read at once. One that is not small is counted for that. */
function isReadAtOnce(
  { isLengthChecked, receive }: ReceivedRequest,
  declared: number,
  { share }: BodyLimits,
): boolean {
  if (!isLengthChecked || declared === 0 || declared > AT_ONCE_BYTES) return false;
  return declared <= SMALL_BYTES || (receive === undefined && share.holdAhead(declared));
}

/** Returns the declared length of a body; 0 if there is none. */
function checkDeclared(request: ReceivedRequest, { maxBytes }: BodyLimits): number {
  const declared = Number(request.header("content-length") ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes, `of ${declared} bytes `);
  return declared;
}

function formatOf(contentEncoding: string): BodyFormat | undefined {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === "" || encoding === "identity") return undefined;
  const format = Object.hasOwn(ENCODINGS, encoding) ? ENCODINGS[encoding] : undefined;
  if (format !== undefined) return format;
  throw new ServiceError(
    "unsupported_media_type",
    `Cannot read a body with Content-Encoding "${excerpt(encoding)}": send it as gzip, ` +
      "deflate or as it is",
  );
}

/** Reads a body as it arrives. */
async function collect(
  request: ReceivedRequest,
  declared: number,
  limits: BodyLimits,
): Promise<Uint8Array> {
  const { context } = limits;
  const buffer = new BodyBuffer(declared, limits);
  if (request.receive !== undefined) {
    await context.orAborted(request.receive((chunk) => buffer.add(chunk, false)));
    return buffer.bytes;
  }
  // Asked for only here: on some runtimes a stream costs as much as a small call.
  const { body } = request;
  if (body === null) return buffer.bytes;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await context.orAborted(reader.read());
      if (done) return buffer.bytes;
      buffer.add(value);
    }
  } finally {
    // The body is not canceled: some runtimes would close its connection before the answer is
    // sent. The body of a request that timed out stays locked.
    if (!context.isAborted) reader.releaseLock();
  }
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
