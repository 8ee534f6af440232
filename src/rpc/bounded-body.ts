/**
 * BoundedBody: the body of a request whose messages are checked by a `MessageBound` before they are
 * parsed, in each of the three protocols. Connect's handlers have no place for that.
 * @module
 */

import type {
  Compression,
  UniversalHandler,
  UniversalServerRequest,
} from "@connectrpc/connect/protocol";
import { joinBytes } from "../bytes.ts";
import { MessageBound } from "./message-bound.ts";
import { ENVELOPE_BYTES } from "./open-message.ts";

/** The bounds of messages, and their compressions. */
export interface BodyBounds {
  /** The largest message, in bytes, decompressed. */
  readonly maxBytes: number;
  readonly compressions: readonly Compression[];
}

/** Wraps one of Connect's handlers so that the messages it parses are bounded. */
export function boundsMessages(
  handler: UniversalHandler,
  { maxBytes, compressions }: BodyBounds,
): UniversalHandler {
  const { input } = handler.method;
  let bound: MessageBound | undefined;
  const answer: UniversalHandler = ((request) => {
    const format = formatOf(request, compressions);
    const { body } = request;
    if (format === undefined || !isStream(body)) return handler(request);
    bound ??= new MessageBound(input, maxBytes);
    const bounded = new BoundedBody(body, format, bound, maxBytes);
    if (format.isEnveloped || format.compression === undefined) {
      return handler({ ...request, body: bounded });
    }
    // The handler gets what is decompressed.
    const header = new Headers(request.header);
    header.delete("content-encoding");
    header.delete("content-length");
    return handler({ ...request, header, body: bounded });
  }) as UniversalHandler;
  return Object.assign(answer, handler);
}

function isStream(body: UniversalServerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

/** How the messages of a body are written. */
interface Format {
  readonly isEnveloped: boolean;
  readonly isJson: boolean;
  /** That of the messages that are compressed. */
  readonly compression: Compression | undefined;
}

/** `application/grpc+proto`, `application/connect+json`, `application/json`, … */
const TYPE = /^application\/(?:(grpc|grpc-web|connect)(?:\+(proto|json))?|(proto|json))\s*(?:;|$)/i;

/** Returns the format; undefined for one that the handlers refuse. */
function formatOf(
  { header }: UniversalServerRequest,
  compressions: readonly Compression[],
): Format | undefined {
  const [, protocol, codec, unary] = TYPE.exec(header.get("content-type") ?? "") ?? [];
  if (protocol === undefined && unary === undefined) return undefined;
  const prefix = protocol === undefined ? "content" : PREFIXES[protocol.toLowerCase()];
  const encoding = header.get(`${prefix}-encoding`) ?? "identity";
  const compression = compressions.find(({ name }) => name === encoding);
  if (compression === undefined && encoding !== "identity") return undefined;
  const isJson = (codec ?? unary ?? "").toLowerCase() === "json";
  return { isEnveloped: protocol !== undefined, isJson, compression };
}

const PREFIXES: Readonly<Record<string, string>> = {
  grpc: "grpc",
  "grpc-web": "grpc",
  connect: "connect-content",
};

/** The flag of a compressed message. */
const COMPRESSED = 1;

/** The bytes of a body, in whole messages that have been checked. */
class BoundedBody implements AsyncIterableIterator<Uint8Array> {
  readonly #body: AsyncIterator<Uint8Array>;
  readonly #format: Format;
  readonly #bound: MessageBound;
  readonly #maxBytes: number;
  /** The bytes received of the next message, and how many it needs. */
  #chunks: Uint8Array[] = [];
  #length = 0;
  #needed: number;
  #isOver = false;
  /** True after a message that is too large: the handler refuses it. */
  #isUnchecked = false;

  constructor(
    body: AsyncIterable<Uint8Array>,
    format: Format,
    bound: MessageBound,
    maxBytes: number,
  ) {
    this.#body = body[Symbol.asyncIterator]();
    this.#format = format;
    this.#bound = bound;
    this.#maxBytes = maxBytes;
    this.#needed = format.isEnveloped ? ENVELOPE_BYTES : maxBytes + 1;
  }

  /** @throws ConnectError `resource_exhausted` for a message of too many parts */
  async next(): Promise<IteratorResult<Uint8Array>> {
    for (;;) {
      if (this.#isOver) return { done: true, value: undefined };
      const { done, value } = await this.#body.next();
      if (done === true) {
        this.#isOver = true;
        const rest = this.#take();
        if (rest.length === 0) continue;
        const isWhole = !this.#format.isEnveloped && !this.#isUnchecked;
        return { done: false, value: isWhole ? await this.#checked(rest, true) : rest };
      }
      if (this.#isUnchecked) return { done: false, value };
      this.#chunks.push(value);
      this.#length += value.length;
      if (this.#length < this.#needed) continue;
      const ready = await this.#wholeMessages(this.#take());
      if (ready.length > 0) return { done: false, value: ready };
    }
  }

  /** Ends what reads the body, without waiting for a read under way. */
  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#isOver = true;
    await this.#body.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): Uint8Array {
    const [only = new Uint8Array()] = this.#chunks;
    const taken = this.#chunks.length > 1 ? joinBytes(this.#chunks) : only;
    this.#chunks = [];
    this.#length = 0;
    return taken;
  }

  /** Checks the whole messages at the start of bytes, and returns them. The rest is kept. */
  async #wholeMessages(bytes: Uint8Array): Promise<Uint8Array> {
    const checked: Uint8Array[] = [];
    let at = 0;
    this.#needed = ENVELOPE_BYTES;
    while (this.#format.isEnveloped && bytes.length - at >= ENVELOPE_BYTES) {
      const head = bytes.subarray(at, at + ENVELOPE_BYTES);
      const length = new DataView(head.buffer, head.byteOffset).getUint32(1);
      if (length > this.#maxBytes) {
        this.#isUnchecked = true;
        break;
      }
      const end = at + ENVELOPE_BYTES + length;
      if (end > bytes.length) {
        this.#needed = ENVELOPE_BYTES + length;
        break;
      }
      checked.push(await this.#envelope(bytes.subarray(at, end)));
      at = end;
    }
    // More than the largest message: the handler refuses it.
    if (!this.#format.isEnveloped) this.#isUnchecked = true;
    const rest = bytes.subarray(at);
    if (this.#isUnchecked) checked.push(rest);
    else if (rest.length > 0) {
      this.#chunks.push(rest);
      this.#length = rest.length;
    }
    return checked.length === 1 ? (checked[0] as Uint8Array) : joinBytes(checked);
  }

  /** Checks a message in its envelope. A compressed one is decompressed. */
  async #envelope(bytes: Uint8Array): Promise<Uint8Array> {
    const flags = bytes[0] ?? 0;
    // The flags beyond the first are of messages that end a stream, which are not parsed.
    if (flags > COMPRESSED) return bytes;
    const isCompressed = flags === COMPRESSED;
    if (isCompressed && this.#format.compression === undefined) return bytes;
    const content = bytes.subarray(ENVELOPE_BYTES);
    const checked = await this.#checked(content, isCompressed);
    if (!isCompressed) return bytes;
    const head = new Uint8Array(ENVELOPE_BYTES);
    new DataView(head.buffer).setUint32(1, checked.length);
    return joinBytes([head, checked]);
  }

  async #checked(content: Uint8Array, isCompressed: boolean): Promise<Uint8Array> {
    const { compression, isJson } = this.#format;
    const bytes =
      isCompressed && compression !== undefined
        ? await compression.decompress(content, this.#maxBytes)
        : content;
    if (isJson) this.#bound.checkJson(bytes);
    else this.#bound.checkBinary(bytes);
    return bytes;
  }
}
