/**
 * Answers that are streams: a text as it comes, pictures and JSON as one item after the other.
 * @module
 */

import { itemsOf } from "../../server-events.ts";
import { h } from "../dom.ts";
import { countText } from "../text.ts";
import { tree } from "./tree.ts";

/** The most items that are kept on the page. */
const MAX_ITEMS = 500;

/** The type of streams in which the server can say why they end. */
export const EVENTS = "text/event-stream";
const LINES = "application/x-ndjson";

/** What is known of the items of a stream. */
export interface StreamItems {
  /** The descriptor's kind, such as `text` or `image`; undefined if it is not known. */
  readonly kind: string | undefined;
  /** Their media type, where a body of them has one. */
  readonly type: string;
}

/** Where a stream is shown, and for how long. */
export interface StreamPlace {
  readonly target: HTMLElement;
  /** Aborted when nothing more of it is to be shown. */
  readonly signal: AbortSignal;
}

/**
 * Shows a stream, and returns what came, such as `12 items`, at its end.
 *
 * @param items of events; those of other bodies are known by their type
 * @throws ServiceError the error with which the server has ended the stream
 * @throws TypeError if the connection breaks off
 * @throws the reason of the signal, after which nothing more is shown
 */
export async function showStream(
  { body, headers }: Response,
  type: string,
  items: StreamItems,
  { target, signal }: StreamPlace,
): Promise<string> {
  if (body === null) return "nothing";
  if (type === EVENTS) {
    const pieces = wanted(itemsOf(body, headers.get("x-request-id") ?? undefined), signal);
    if (items.kind === "text") return await showText(decoded(pieces), target);
    return await showItems(pieces, items, target);
  }
  const texts = wanted(textsOf(body), signal);
  if (type === LINES) return await showItems(linesOf(texts), { kind: "json", type: "" }, target);
  return await showText(texts, target);
}

async function showText(pieces: AsyncIterable<string>, target: HTMLElement): Promise<string> {
  const text = h("pre", { class: "text", "aria-live": "polite" });
  target.append(text);
  let count = 0;
  for await (const piece of pieces) {
    text.append(piece);
    count += piece.length;
  }
  return countText(count, "character");
}

async function showItems(
  pieces: AsyncIterable<string | Uint8Array<ArrayBuffer>>,
  { kind, type }: StreamItems,
  target: HTMLElement,
): Promise<string> {
  let count = 0;
  for await (const piece of pieces) {
    count += 1;
    const isPicture = kind === "image" && typeof piece !== "string";
    target.append(isPicture ? pictureOf(piece, type, count) : itemOf(textOf(piece)));
    if (target.childElementCount > MAX_ITEMS) target.firstElementChild?.remove();
  }
  return countText(count, "item");
}

function pictureOf(bytes: Uint8Array<ArrayBuffer>, type: string, at: number): HTMLElement {
  const src = URL.createObjectURL(new Blob([bytes], { type }));
  const picture = h("img", { src, alt: `Picture ${at} of the answer`, class: "result" });
  const forget = (): void => URL.revokeObjectURL(src);
  picture.addEventListener("load", forget);
  picture.addEventListener("error", forget);
  return picture;
}

function itemOf(text: string): HTMLElement {
  try {
    return tree(JSON.parse(text));
  } catch {
    return h("pre", { class: "text" }, text);
  }
}

function textOf(piece: string | Uint8Array): string {
  return typeof piece === "string" ? piece : new TextDecoder().decode(piece);
}

/** Yields pieces until the signal is aborted, and then throws its reason. */
async function* wanted<T>(pieces: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const piece of pieces) {
    signal.throwIfAborted();
    yield piece;
  }
}

async function* decoded(items: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const item of items) yield textOf(item);
}

/** Yields the lines of a body that are not empty. */
async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of pieces) {
    const lines = `${rest}${piece}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
}

/** Yields the text of a body as it comes. */
async function* textsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  // Safari has no TextDecoderStream for iteration, nor iteration itself.
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    yield decoder.decode(value, { stream: true });
  }
  yield decoder.decode();
}
