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
import { joinBytes } from "../../bytes.ts";
import { asMalformed } from "../../rpc/malformed.ts";
import { ENVELOPE_BYTES } from "../../rpc/open-message.ts";
import type { Call } from "./call.ts";
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
  readonly serialize: Serialization<MessageShape<DescMessage>>["serialize"];
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

/**
 * Reads the one message of a request.
 *
 * @returns undefined for anything unusual, such as a message that is too large or a caller that
 *   disconnects; the body can then be read again
 */
export async function readPlainMessage(
  body: RequestBody,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let length: number | undefined;
  try {
    for (let next = await body.next(); next.done !== true; next = await body.next()) {
      chunks.push(next.value);
      size += next.value.length;
      if (size < ENVELOPE_BYTES) continue;
      length ??= plainLength(joined(chunks));
      if (length > maxBytes || size > ENVELOPE_BYTES + length) break;
    }
  } catch {
    return undefined; // the next read fails as this one did
  }
  if (body.complete && size === ENVELOPE_BYTES + (length ?? Number.POSITIVE_INFINITY)) {
    return joined(chunks).subarray(ENVELOPE_BYTES);
  }
  body.unread(chunks);
  return undefined;
}

/** Joins chunks; a single one, as most messages have, is not copied. */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : joinBytes(chunks);
}

/** Returns the length of a message without flags; with flags, infinity. */
function plainLength(bytes: Uint8Array): number {
  if (bytes[0] !== 0) return Number.POSITIVE_INFINITY;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
}

/** Returns the short path of a method; undefined for methods that take a stream. */
export function shortPath(
  spec: MethodImplSpec,
  maxMessageBytes: number,
  interceptors: Interceptor[],
): ShortPath | undefined {
  const bounds = { readMaxBytes: maxMessageBytes, writeMaxBytes: MAX_ANSWER_BYTES };
  const lookup = createMethodSerializationLookup(spec.method, undefined, undefined, bounds);
  const { parse } = lookup.getI(true);
  const coding: Coding = {
    parse(bytes) {
      try {
        return parse(bytes);
      } catch (error) {
        throw asMalformed(error, spec.method);
      }
    },
    serialize: lookup.getO(true).serialize,
  };
  if (spec.kind === "unary") return unaryPath(spec, coding, interceptors);
  if (spec.kind === "server_streaming") return streamPath(spec, coding, interceptors);
  return undefined;
}

function unaryPath(
  spec: UnarySpec,
  { parse, serialize }: Coding,
  interceptors: Interceptor[],
): ShortPath {
  const { method, impl } = spec;
  return async (bytes, call, short) => {
    let frame: Uint8Array | undefined;
    try {
      const message = parse(bytes);
      const answer =
        interceptors.length === 0
          ? create(method.output, await impl(message, short.context))
          : await invokeUnaryImplementation(spec, short.context, message, interceptors);
      frame = encodeEnvelope(0, serialize(answer));
      if (interceptors.length > 0) await short.endUnhandled();
    } catch (error) {
      await short.endUnhandled(error);
      short.fail(error);
    }
    call.begin(200, short.header);
    call.end(short.trailer, frame);
  };
}

function streamPath(
  spec: ServerStreamingSpec,
  { parse, serialize }: Coding,
  interceptors: Interceptor[],
): ShortPath {
  return async (bytes, call, short) => {
    let answers: Answers | undefined;
    /** Returns the next answer; undefined after the last one and after a failure. */
    async function next(): Promise<Uint8Array | undefined> {
      try {
        answers ??= answersOf(spec, short.context, parse(bytes), interceptors);
        const { done, value } = await answers.next();
        if (interceptors.length > 0) await short.endUnhandled();
        if (done === true) return undefined;
        return encodeEnvelope(0, serialize(create(spec.method.output, value)));
      } catch (error) {
        await short.endUnhandled(error);
        short.fail(error);
        release(answers, error);
        return undefined;
      }
    }
    try {
      for (let frame = await next(); frame !== undefined; frame = await next()) {
        call.begin(200, short.header);
        const drained = call.write(frame);
        if (drained !== undefined) await drained;
      }
    } catch (reason) {
      release(answers, reason);
      throw reason;
    }
    call.begin(200, short.header);
    call.end(short.trailer);
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
