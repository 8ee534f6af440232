/**
 * The short path: answers ordinary gRPC calls of one request message, at a third of the cost of
 * Connect's handlers and with the same answers. Unusual requests are left to those handlers.
 * @module
 */

import {
  create,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { HandlerContext, Interceptor, MethodImplSpec } from "@connectrpc/connect";
import {
  createAsyncIterable,
  createMethodSerializationLookup,
  encodeEnvelope,
  invokeUnaryImplementation,
  type Serialization,
  transformInvokeImplementation,
} from "@connectrpc/connect/protocol";
import { joinBytes, lengthOf } from "../../bytes.ts";
import type { Codec } from "../../rpc/api-codec.ts";
import { asMalformed } from "../../rpc/malformed.ts";
import { MessageBound } from "../../rpc/message-bound.ts";
import { ENVELOPE_BYTES } from "../../rpc/open-message.ts";
import type { Call } from "./call.ts";
import { endOfTurn } from "./end-of-turn.ts";
import type { RequestBody } from "./request-body.ts";
import type { ShortContext } from "./short-context.ts";

/** Answers a call whose message has been read. Throws the reason that ended the call early. */
export type ShortPath = (message: Uint8Array, call: Call, short: ShortContext) => Promise<void>;

type UnarySpec = Extract<MethodImplSpec, { kind: "unary" }>;
type ServerStreamingSpec = Extract<MethodImplSpec, { kind: "server_streaming" }>;
type Answers = AsyncIterator<MessageInitShape<DescMessage>>;

/** The parser and the serializer of the messages of a method. */
interface Coding {
  readonly parse: Serialization<MessageShape<DescMessage>>["parse"];
  /** Returns a message in its envelope. */
  readonly frame: (answer: MessageInitShape<DescMessage>) => Uint8Array;
}

/** The largest length of 32 bits. All bytes that wait to be sent have a bound of their own. */
const MAX_ANSWER_BYTES = 2 ** 32 - 1;

/** Returns true if the headers of a call allow the short path. */
export function isPlain(call: Call): boolean {
  const type = call.header("content-type");
  return (
    call.method === "POST" &&
    (type === "application/grpc" || type === "application/grpc+proto") &&
    (call.header("grpc-encoding") ?? "identity") === "identity" &&
    (call.header("grpc-timeout") === undefined) === (call.timeoutMs === undefined)
  );
}

/** The one message of a request. */
export class PlainMessage {
  readonly #body: RequestBody;
  readonly #maxBytes: number;
  #bytes = 0;
  #length: number | undefined;

  constructor(body: RequestBody, maxBytes: number) {
    this.#body = body;
    this.#maxBytes = maxBytes;
  }

  /** Waits until it is here, or has turned out to be unusual. */
  arrival(): Promise<void> {
    return this.#body.arrival((chunks, bytes) => {
      this.#bytes = bytes;
      if (bytes < ENVELOPE_BYTES) return false;
      this.#length ??= plainLength(joined(chunks));
      return this.#length > this.#maxBytes || bytes > ENVELOPE_BYTES + this.#length;
    });
  }

  /**
   * Takes it.
   *
   * @returns undefined for anything unusual, such as a message that is too large or a caller that
   *   disconnects; the body can then be read again
   */
  take(): Uint8Array | undefined {
    const length = this.#length;
    if (length === undefined || length > this.#maxBytes) return undefined;
    // A body that has failed is read again, and fails as it did.
    const isWhole = this.#body.complete && this.#bytes === ENVELOPE_BYTES + length;
    return isWhole ? joined(this.#body.take()).subarray(ENVELOPE_BYTES) : undefined;
  }
}

/**
 * Joins chunks; a single one, as most messages have, is not copied. The end is aligned: the raw
 * tensor at the end of a message begins at a multiple of its elements, and needs no further copy.
 */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : joinBytes(chunks, lengthOf(chunks));
}

/** Returns the length of a message without flags; with flags, infinity. */
function plainLength(bytes: Uint8Array): number {
  if (bytes[0] !== 0) return Number.POSITIVE_INFINITY;
  let length = 0;
  for (let at = 1; at < ENVELOPE_BYTES; at++) length = length * 256 + (bytes[at] ?? 0);
  return length;
}

/**
 * Returns the short path of a method; undefined for methods that take a stream.
 *
 * @param codec reads and writes its messages, where it can
 */
export function shortPath(
  spec: MethodImplSpec,
  maxMessageBytes: number,
  interceptors: Interceptor[],
  codec?: Codec,
): ShortPath | undefined {
  const bounds = { readMaxBytes: maxMessageBytes, writeMaxBytes: MAX_ANSWER_BYTES };
  const lookup = createMethodSerializationLookup(spec.method, undefined, undefined, bounds);
  const { parse } = lookup.getI(true);
  const { serialize } = lookup.getO(true);
  const bound = new MessageBound(spec.method.input, maxMessageBytes);
  const coding: Coding = {
    parse(bytes) {
      try {
        const read = codec?.read(bytes) as MessageShape<DescMessage> | undefined;
        if (read !== undefined) return read;
        bound.checkBinary(bytes);
        return parse(bytes);
      } catch (error) {
        throw asMalformed(error, spec.method);
      }
    },
    frame(answer) {
      const written = codec?.write(answer);
      return written ?? encodeEnvelope(0, serialize(create(spec.method.output, answer)));
    },
  };
  if (spec.kind === "unary") return unaryPath(spec, coding, interceptors);
  if (spec.kind === "server_streaming") return streamPath(spec, coding, interceptors);
  return undefined;
}

function unaryPath(
  spec: UnarySpec,
  { parse, frame }: Coding,
  interceptors: Interceptor[],
): ShortPath {
  const { impl } = spec;
  return async (bytes, call, short) => {
    let answer: Uint8Array | undefined;
    try {
      const message = parse(bytes);
      answer = frame(
        interceptors.length === 0
          ? await impl(message, short.context)
          : await invokeUnaryImplementation(spec, short.context, message, interceptors),
      );
      if (short.opened !== undefined) await short.endUnhandled();
    } catch (error) {
      await short.endUnhandled(error);
      short.fail(error);
    }
    const turn = endOfTurn();
    if (turn !== undefined) await turn;
    call.begin(200, short.sentHeader);
    call.end(short.sentTrailer, answer);
  };
}

function streamPath(
  spec: ServerStreamingSpec,
  { parse, frame }: Coding,
  interceptors: Interceptor[],
): ShortPath {
  return async (bytes, call, short) => {
    let answers: Answers | undefined;
    /** Returns the next answer; undefined after the last one and after a failure. */
    async function next(): Promise<Uint8Array | undefined> {
      try {
        answers ??= answersOf(spec, short.context, parse(bytes), interceptors);
        const { done, value } = await answers.next();
        if (short.opened !== undefined) await short.endUnhandled();
        if (done === true) return undefined;
        return frame(value);
      } catch (error) {
        await short.endUnhandled(error);
        short.fail(error);
        release(answers, error);
        return undefined;
      }
    }
    try {
      for (let answer = await next(); answer !== undefined; answer = await next()) {
        call.begin(200, short.sentHeader);
        const drained = call.write(answer);
        if (drained !== undefined) await drained;
      }
    } catch (reason) {
      release(answers, reason);
      throw reason;
    }
    call.begin(200, short.sentHeader);
    call.end(short.sentTrailer);
  };
}

function answersOf(
  spec: ServerStreamingSpec,
  context: HandlerContext,
  message: MessageShape<DescMessage>,
  interceptors: Interceptor[],
): Answers {
  if (interceptors.length === 0) return spec.impl(message, context)[Symbol.asyncIterator]();
  const invoke = transformInvokeImplementation(spec, context, interceptors);
  return invoke(createAsyncIterable([message]))[Symbol.asyncIterator]();
}

/** Ends a handler that waits for its answer to be taken, without waiting for it. */
function release(answers: Answers | undefined, reason: unknown): void {
  const released = answers?.throw?.(reason) ?? answers?.return?.();
  released?.catch(() => {});
}
