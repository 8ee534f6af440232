/**
 * Answers that are streams: an item is computed when the previous one has been sent.
 * @module
 */

import { httpStatus, ServiceError } from "../error.ts";
import type { AnswerStream } from "../invocation/answer-stream.ts";
import type { Invocation } from "../invocation/invocation.ts";
import type { Payload } from "../io/io.ts";
import { answerParts, headersOf, isBodiless } from "./answer.ts";
import { type Framing, framingOf } from "./framing.ts";
import type { ReplyParts } from "./reply.ts";

/** The time for the items that were sent to leave, before the connection is reset, in ms. */
const FLUSH_MS = 50;

const streamed = new WeakSet<Request>();

/** Returns true if the answer to a request is a stream, whose connection may be reset. */
export function isStreamed(request: Request): boolean {
  return streamed.has(request);
}

/** Records that the answer to a request is a stream. */
export function markStreamed(request: Request): void {
  streamed.add(request);
}

/**
 * Returns the answer that is a stream, which disposes of the invocation at its end.
 *
 * @param itemType the media type of items, for a stream without any
 */
export function streamParts(
  invocation: Invocation,
  stream: AnswerStream<Payload>,
  itemType: string | undefined,
): ReplyParts {
  const { context, facts } = invocation;
  const { response } = context;
  const { first } = stream;
  const accept = facts.header("accept") ?? undefined;
  if (first === undefined || isBodiless(response.status)) {
    stream.cancel();
    const type = framingOf(accept, itemType).type(itemType);
    return answerParts(response, { bytes: new Uint8Array(), type });
  }
  const framing = framingOf(accept, first.type);
  try {
    const headers = headersOf(response, first, framing.type(first.type));
    return { status: response.status, headers, body: bodyOf(stream, framing, invocation) };
  } catch (error) {
    stream.cancel();
    throw error;
  }
}

function bodyOf(
  stream: AnswerStream<Payload>,
  framing: Framing,
  invocation: Invocation,
): ReadableStream<Uint8Array> {
  const { context, facts } = invocation;
  const end = (status: number): void => {
    invocation.endWith(status);
    invocation[Symbol.dispose]();
    facts.counted.end(status);
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          context.renew(); // each item has the time limit of an answer
          const item = await stream.next();
          if (item !== undefined) return controller.enqueue(framing.frame(item.bytes));
          const { explanation } = invocation;
          const last = explanation === undefined ? undefined : framing.explanation(explanation);
          if (last !== undefined) controller.enqueue(last);
          controller.close();
          end(context.response.status);
        } catch (thrown) {
          const error = ServiceError.from(thrown);
          end(httpStatus(error.code));
          const last = framing.failure(error, context.requestId);
          if (last === undefined) {
            // After an error, runtimes drop the items that they have not sent yet.
            await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
            return controller.error(error);
          }
          controller.enqueue(last);
          controller.close();
        }
      },
      cancel() {
        context.cancel();
        stream.cancel();
        end(httpStatus("canceled"));
      },
    },
    // No item is computed ahead: the client may not read it.
    { highWaterMark: 0 },
  );
}
