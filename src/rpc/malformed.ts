/**
 * Malformed messages: a request that is not a message of its method's type is the caller's fault,
 * `invalid_argument`. Connect's handlers answer one in protobuf with `internal`; and their words on
 * a bad message or header repeat any amount of it.
 * @module
 */

import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { cut } from "../io/wording.ts";

/** How the errors of Connect's parsers begin. */
const BINARY = "parse binary: ";
const JSON_MESSAGE = /^cannot decode (?:message \S+ from JSON: )?/;

/** The length of what a parser says, and of all that is said. */
const MAX_REASON_LENGTH = 200;
const MAX_LENGTH = 400;

/** The signals of the calls whose implementation has been invoked. */
const invoked = new WeakSet<AbortSignal>();

/**
 * Corrects the error of a call that ends before its implementation is invoked: the code of a
 * malformed message, and the length of what is said. To be called before the message is read.
 */
export function correctMalformed({ method, signal }: HandlerContext): void {
  // Handlers abort the signal with the error that ends a call, and serialize that error then.
  const correct = (): void => {
    if (invoked.has(signal)) return;
    const error = asMalformed(signal.reason, method);
    if (!(error instanceof ConnectError)) return;
    const { code, rawMessage, message } = new ConnectError(
      cut(error.rawMessage, MAX_LENGTH),
      error.code,
    );
    Object.assign(signal.reason, { code, rawMessage, message });
  };
  signal.addEventListener("abort", correct, { once: true });
}

/** Notes that the message of a call has been parsed: errors after that are its handler's. */
export function markInvoked({ signal }: HandlerContext): void {
  invoked.add(signal);
}

/** The messages of a stream; a malformed one is `invalid_argument` to the handler that reads it. */
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

/** The error to answer with for one that may be a parser's; any other as it is. */
export function asMalformed(error: unknown, { input }: DescMethod): unknown {
  if (!(error instanceof ConnectError)) return error;
  const { code, rawMessage } = error;
  const isBinary = code === Code.Internal && rawMessage.startsWith(BINARY);
  if (!isBinary && !(code === Code.InvalidArgument && JSON_MESSAGE.test(rawMessage))) return error;
  const format = isBinary ? "protobuf" : "JSON";
  const said = isBinary ? rawMessage.slice(BINARY.length) : rawMessage.replace(JSON_MESSAGE, "");
  const reason = cut(said, MAX_REASON_LENGTH);
  const text = `Cannot read the request as ${input.typeName} in ${format}: ${reason}`;
  return new ConnectError(text, Code.InvalidArgument, undefined, undefined, error);
}
