/**
 * Answers that are streams: an item is made when the client has taken the one before.
 * @module
 */

import type { Context as HonoContext } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import { httpStatus, ServiceError } from "../error.ts";
import type { Payload } from "../io/io.ts";
import type { RequestContext } from "../service/context.ts";
import { end } from "../service/stream.ts";
import { addHeaders, checkAnswer } from "./answer.ts";
import { type Framing, framingOf } from "./framing.ts";

/** The variable of Hono's context that holds the status of a stream, once it has ended. */
export const STREAM_ENDED = "streamEnded";

/** How long what was sent may take to leave, before its connection breaks off, in milliseconds. */
const FLUSH_MS = 50;

const streamed = new WeakSet<Request>();

/** Whether the answer to a request is a stream, which may break off. */
export function isStreamed(request: Request): boolean {
  return streamed.has(request);
}

/** A stream that has begun. */
export interface OpenStream {
  readonly first: Payload;
  readonly rest: AsyncIterator<Payload, void, undefined>;
}

/** The answer of a stream without items. */
const NOTHING: Payload = { bytes: new Uint8Array(), type: undefined };

/** Waits for the first item: what goes wrong before it still has a status of its own. */
export async function openStream<T>(
  items: AsyncIterable<T>,
  encode: (item: T) => Payload | Promise<Payload>,
): Promise<OpenStream | Payload> {
  const rest = encoded(items, encode);
  const { done, value: first } = await rest.next();
  return done ? NOTHING : { first, rest };
}

/** Ends a stream that nobody reads. */
export function endStream(answer: OpenStream | Payload): void {
  if ("rest" in answer) end(answer.rest);
}

async function* encoded<T>(
  items: AsyncIterable<T>,
  encode: (item: T) => Payload | Promise<Payload>,
): AsyncGenerator<Payload, void, undefined> {
  for await (const item of items) yield await encode(item);
}

/** Sends a stream. The context is disposed of at its end. */
export function respondStream(
  c: HonoContext,
  context: RequestContext,
  stream: OpenStream,
): Response {
  const framing = framingOf(c.req.header("accept"), stream.first.type);
  const over = Promise.withResolvers<number>();
  c.set(STREAM_ENDED, over.promise);
  streamed.add(c.req.raw);
  const body = bodyOf(stream, framing, context, (status) => {
    over.resolve(status);
    context[Symbol.dispose]();
  });
  const { status, headers } = context.response;
  if (!headers.has("content-type")) headers.set("content-type", framing.type(stream.first.type));
  addHeaders(headers, stream.first);
  headers.delete("content-length");
  checkAnswer(status, headers);
  return c.newResponse(body, { status: status as StatusCode, headers });
}

/** @param ended called with 200, or the status of what went wrong when the answer had begun */
function bodyOf(
  { first, rest }: OpenStream,
  framing: Framing,
  context: RequestContext,
  ended: (status: number) => void,
): ReadableStream<Uint8Array> {
  let waiting: Payload | undefined = first;
  const next = async (): Promise<Payload | undefined> => {
    context.renew(); // each item has the time that an answer has
    const { done, value } = waiting === undefined ? await rest.next() : { value: waiting };
    waiting = undefined;
    return done ? undefined : (value ?? undefined);
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const item = await next();
          if (item !== undefined) return controller.enqueue(framing.frame(item.bytes));
          controller.close();
          ended(200);
        } catch (thrown) {
          const error = ServiceError.from(thrown);
          ended(httpStatus(error.code));
          const last = framing.failure(error);
          if (last === undefined) {
            // A runtime that hears of the error at once drops the items that it has not sent yet.
            await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
            return controller.error(error);
          }
          controller.enqueue(last);
          controller.close();
        }
      },
      cancel() {
        context.cancel();
        end(rest);
        ended(httpStatus("canceled"));
      },
    },
    // No item is read ahead: nobody may want it.
    { highWaterMark: 0 },
  );
}
