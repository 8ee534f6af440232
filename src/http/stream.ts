/**
 * Answers that are streams: an item is computed when the previous one has been sent.
 * @module
 */

import type { Context as HonoContext } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import { httpStatus, ServiceError } from "../error.ts";
import type { AnswerStream } from "../invocation/answer-stream.ts";
import type { Invocation } from "../invocation/invocation.ts";
import type { Payload } from "../io/io.ts";
import { headersOf, isBodiless, respond } from "./answer.ts";
import { type Framing, framingOf } from "./framing.ts";

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

/** The answer of a stream without items. */
const NOTHING: Payload = { bytes: new Uint8Array(), type: undefined };

/** Sends a stream, which disposes of the invocation at its end. */
export function respondStream(
  c: HonoContext,
  invocation: Invocation,
  stream: AnswerStream<Payload>,
): Response {
  const { response } = invocation.context;
  const { first } = stream;
  if (first === undefined || isBodiless(response.status)) {
    stream.cancel();
    const answer = respond(c, response, NOTHING);
    invocation.endWith(answer.status);
    invocation[Symbol.dispose]();
    return answer;
  }
  const framing = framingOf(c.req.header("accept"), first.type);
  let answer: Response;
  try {
    const headers = headersOf(response, first, framing.type(first.type));
    const body = bodyOf(stream, framing, invocation);
    answer = c.newResponse(body, { status: response.status as StatusCode, headers });
  } catch (error) {
    stream.cancel();
    throw error;
  }
  markStreamed(c.req.raw); // from here on, the end of its body is the end of its count
  return answer;
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
          const last = framing.failure(error);
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
