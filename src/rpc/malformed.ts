/**
 * Malformed messages: a request that is not a message of its method's type is the caller's fault,
 * `invalid_argument`. Connect's handlers answer one in protobuf with `internal`, and their errors
 * repeat a bad message or header at any length.
 * @module
 */

import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { excerpt } from "../io/wording.ts";
import { addPushback } from "./retry.ts";

/** The prefixes of the errors of Connect's parsers. */
const BINARY = "parse binary: ";
const JSON_MESSAGE = /^cannot decode (?:message \S+ from JSON: )?/;

/** The longest reason of a parser, and the longest message. */
const MAX_REASON_LENGTH = 200;
const MAX_LENGTH = 400;

/** The signals of the calls whose implementation has been invoked. */
const invoked = new WeakSet<AbortSignal>();

/**
 * Corrects the error of a call that ends before its implementation is invoked: the code for a
 * malformed message, and the length of the error's message. Call it before the message is read.
 */
export function correctMalformed({ method, signal, protocolName }: HandlerContext): void {
  // Handlers abort the signal with the error that ends a call, and serialize that error then.
  const correct = (): void => {
    if (invoked.has(signal)) return;
    const error = asMalformed(signal.reason, method);
    if (!(error instanceof ConnectError)) return;
    addPushback(error, protocolName);
    const { code, rawMessage, message } = new ConnectError(
      excerpt(error.rawMessage, MAX_LENGTH),
      error.code,
    );
    Object.assign(signal.reason, { code, rawMessage, message });
  };
  signal.addEventListener("abort", correct, { once: true });
}

/** Records that the message of a call has been parsed: later errors are its handler's. */
export function markInvoked({ signal }: HandlerContext): void {
  invoked.add(signal);
}

/** Yields the messages of a stream; reading a malformed one throws `invalid_argument`. */
export async function* wellFormed<T>(
  messages: AsyncIterable<T>,
  method: DescMethod,
): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    throw asMalformed(error, method);
  }
}

/** Converts a parser's error to the one to answer with; returns any other as it is. */
export function asMalformed(error: unknown, { input }: DescMethod): unknown {
  if (!(error instanceof ConnectError)) return error;
  const { code, rawMessage } = error;
  const isBinary = code === Code.Internal && rawMessage.startsWith(BINARY);
  if (!isBinary && !(code === Code.InvalidArgument && JSON_MESSAGE.test(rawMessage))) return error;
  const format = isBinary ? "protobuf" : "JSON";
  const said = isBinary ? rawMessage.slice(BINARY.length) : rawMessage.replace(JSON_MESSAGE, "");
  const reason = excerpt(said, MAX_REASON_LENGTH);
  const text = `Cannot read the request as ${input.typeName} in ${format}: ${reason}`;
  return new ConnectError(text, Code.InvalidArgument, undefined, undefined, error);
}
