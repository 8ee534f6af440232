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
  failure(error: ServiceError, requestId: string): Uint8Array | undefined;
  /** Returns the frame of the explanation at the end; undefined if the encoding has none. */
  explanation(text: string): Uint8Array | undefined;
}

const text = new TextEncoder();
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BINARY_STEP = 8192;

/**
 * Server-sent events (HTML standard, section 9.2): `data:` before each line, an empty line behind
 * each event. A failure is an event named `error`, with the JSON of all errors.
 */
const EVENTS: Framing = {
  type: () => "text/event-stream",
  frame(item) {
    // A byte order mark is a character of the text.
    const lines = new TextDecoder("utf-8", { ignoreBOM: true }).decode(item).split(/\r\n|\r|\n/);
    return text.encode(`${lines.map((line) => `data: ${line}\n`).join("")}\n`);
  },
  failure({ code, message }, requestId) {
    const body = JSON.stringify({ error: message, code, request_id: requestId });
    return text.encode(`event: error\ndata: ${body}\n\n`);
  },
  explanation: (calls) => text.encode(`event: ${EXPLAIN}\ndata: ${calls}\n\n`),
};

/** Server-sent events of bytes, which are no text: each named `base64`, by which it is encoded. */
const BYTE_EVENTS: Framing = {
  ...EVENTS,
  frame: (item) => text.encode(`event: base64\ndata: ${toBase64(item)}\n\n`),
};

/**
 * Server-sent events of texts. Those with a carriage return are sent as bytes: the lines of an
 * event end with it as with a line feed, and its readers could not tell which one it was.
 */
const TEXT_EVENTS: Framing = {
  ...EVENTS,
  frame: (item) => (item.includes(CARRIAGE_RETURN) ? BYTE_EVENTS : EVENTS).frame(item),
};

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  // In parts: a call takes a limited number of arguments.
  for (let at = 0; at < bytes.length; at += BINARY_STEP) {
    binary += String.fromCharCode(...bytes.subarray(at, at + BINARY_STEP));
  }
  return btoa(binary);
}

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
  const isJson = type?.startsWith("application/json") === true;
  if (accept?.includes("text/event-stream") !== true) return isJson ? LINES : PIECES;
  if (isJson) return EVENTS;
  return type?.startsWith("text/") === true ? TEXT_EVENTS : BYTE_EVENTS;
}
