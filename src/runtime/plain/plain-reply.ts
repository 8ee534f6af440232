/**
 * The bytes of replies to plain requests.
 * @module
 */

import { Buffer } from "node:buffer";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Reply } from "../../http/reply.ts";
import { gather } from "./gather.ts";

/** The largest body that is copied, so that head and body are one write. */
const COPIED_BYTES = 64 * 1024;

/** The value of the header `Connection` that ends one. */
const CLOSE = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;

/** What is sent: an API's reply, or what `fetch()` has returned. */
export interface PlainReply extends Pick<Reply, "status" | "body" | "closes" | "header"> {
  /** The headers, but those that frame the body. Their characters have been checked. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /** The length of a stream, if it is known, or of the body that is not sent to HEAD. */
  readonly declared?: number | "unknown" | undefined;
}

/**
 * Sends a reply. A stream that fails ends its connection.
 *
 * @param done called when all of it has been handed to the system
 */
export function sendPlain(reply: PlainReply, socket: Socket, done: () => void): void {
  const { body } = reply;
  if (body instanceof ReadableStream) return stream(reply, body, socket, done);
  if (body === null) return gather(socket, headOf(reply, unsentLength(reply)), done);
  const length = Buffer.byteLength(body);
  const head = headOf(reply, lengthHeader(length));
  if (length > COPIED_BYTES) {
    socket.cork();
    socket.write(head, "latin1");
    socket.write(body, done);
    socket.uncork();
    return;
  }
  const isAscii = length === body.length && typeof body === "string";
  if (isAscii) return gather(socket, head + body, done);
  const whole = Buffer.allocUnsafe(head.length + length);
  whole.write(head, "latin1");
  if (typeof body === "string") whole.write(body, head.length);
  else whole.set(body, head.length);
  gather(socket, whole, done);
}

function lengthHeader(length: number): string {
  return `Content-Length: ${length}\r\n`;
}

/** Returns the header with the length of a body that is not sent, or does not exist. */
function unsentLength({ status, declared }: PlainReply): string {
  if (declared === "unknown" || status === 204 || status === 304) return "";
  return lengthHeader(declared ?? 0);
}

/** Returns true if no other request may follow on the connection, by the reply or its handler. */
export function closesAfter(reply: PlainReply): boolean {
  return reply.closes || CLOSE.test(reply.header("connection") ?? "");
}

function headOf({ status, pairs }: PlainReply, framing: string): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "unknown"}\r\n`;
  let connection = "Connection: keep-alive\r\n";
  let date = `Date: ${now()}\r\n`;
  for (const [name, value] of pairs) {
    head += `${name}: ${value}\r\n`; // whose characters were checked when they were set
    // The handler's own are not sent twice.
    if (name === "connection") connection = "";
    else if (name === "date") date = "";
  }
  return `${head}${connection}${framing}${date}\r\n`;
}

function stream(
  reply: PlainReply,
  body: ReadableStream<Uint8Array>,
  socket: Socket,
  done: () => void,
): void {
  const { declared } = reply;
  const isMeasured = typeof declared === "number";
  const framing = isMeasured ? lengthHeader(declared) : "Transfer-Encoding: chunked\r\n";
  socket.write(headOf(reply, framing), "latin1");
  const sent = sendStream(body, socket, isMeasured ? declared : undefined);
  sent.then(done, () => socket.destroy());
}

/**
 * @param declared the length of the body; undefined for chunks
 * @throws Error if the stream is longer or shorter than that; whatever the stream fails with
 */
async function sendStream(
  body: ReadableStream<Uint8Array>,
  socket: Socket,
  declared: number | undefined,
): Promise<void> {
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => {});
  socket.on("close", cancel);
  if (socket.destroyed) cancel(); // which ends the loop
  let left = declared ?? Number.POSITIVE_INFINITY;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      left -= value.length;
      if (left < 0) throw new RangeError("The body is longer than its Content-Length");
      if (value.length > 0) await written(socket, value, declared === undefined);
    }
    if (left > 0 && declared !== undefined) {
      throw new RangeError(`The body is ${left} bytes shorter than its Content-Length`);
    }
    const end = declared === undefined ? "0\r\n\r\n" : "";
    await new Promise<void>((resolve) => void socket.write(end, () => resolve()));
  } catch (error) {
    cancel();
    throw error;
  } finally {
    socket.off("close", cancel);
  }
}

/** Sends one part. Resolves when more can be written, or the connection has closed. */
function written(socket: Socket, value: Uint8Array, isChunk: boolean): Promise<void> | undefined {
  socket.cork();
  if (isChunk) socket.write(`${value.length.toString(16)}\r\n`, "latin1");
  let isFull = !socket.write(value);
  if (isChunk) isFull = !socket.write("\r\n", "latin1");
  socket.uncork();
  if (!isFull || socket.destroyed) return undefined;
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off("drain", go).off("close", go);
      resolve();
    };
    socket.on("drain", go).on("close", go);
  });
}

let lastDate = "";
let lastSecond = 0;

/** Returns the time as `Date` has it. It is the same for a whole second. */
function now(): string {
  const ms = Date.now();
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastDate = new Date(ms).toUTCString();
  }
  return lastDate;
}
