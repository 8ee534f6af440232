/**
 * Framing: the encodings of the items of a stream in one body.
 * @module
 */

import type { ServiceError } from "../error.ts";
import { EXPLAIN } from "../invocation/explain.ts";

/** One encoding of a stream. */
export interface Framing {
  /** Returns the content type of the body, by that of the items. */
  type(item: string | undefined): string;
  frame(item: Uint8Array): Uint8Array;
  /** Returns the frame of a failure; undefined if only a reset of the connection can report it. */
  failure(error: ServiceError): Uint8Array | undefined;
  /** Returns the frame of the explanation at the end; undefined if the encoding has none. */
  explanation(text: string): Uint8Array | undefined;
}

const text = new TextEncoder();
const LINE_FEED = 10;

/**
 * Server-sent events (HTML standard, section 9.2): `data:` before each line, an empty line behind
 * each event. A failure is an event named `error`.
 */
const EVENTS: Framing = {
  type: () => "text/event-stream",
  frame(item) {
    const lines = new TextDecoder().decode(item).split(/\r\n|\r|\n/);
    return text.encode(`${lines.map((line) => `data: ${line}\n`).join("")}\n`);
  },
  failure: ({ code, message }) =>
    text.encode(`event: error\ndata: ${JSON.stringify({ error: message, code })}\n\n`),
  explanation: (calls) => text.encode(`event: ${EXPLAIN}\ndata: ${calls}\n\n`),
};

/** JSON texts, one per line. */
const LINES: Framing = {
  type: () => "application/x-ndjson",
  frame(item) {
    const line = new Uint8Array(item.length + 1);
    line.set(item);
    line[item.length] = LINE_FEED;
    return line;
  },
  failure: () => undefined,
  explanation: () => undefined,
};

/** The items one after the other: pieces of a text or of a file. */
const PIECES: Framing = {
  type: (item) => item ?? "application/octet-stream",
  frame: (item) => item,
  failure: () => undefined,
  explanation: () => undefined,
};

/** Returns the framing that a client accepts, or that of the items' type. */
export function framingOf(accept: string | undefined, type: string | undefined): Framing {
  if (accept?.includes("text/event-stream")) return EVENTS;
  return type?.startsWith("application/json") ? LINES : PIECES;
}
