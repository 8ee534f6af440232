/**
 * The parts of a multipart body (RFC 2046, section 5.1.1), which may have a preamble, an epilogue
 * and padding after a boundary. The time is linear in the length of the body.
 * @module
 */

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const DASH = 45;

/** One part, with its content still encoded. */
export interface RawPart {
  /** The headers by name in lower case; the first of those with the same name. */
  readonly headers: ReadonlyMap<string, string>;
  /** The content: a view of the body. */
  readonly content: Uint8Array;
}

/** The bounds of a body's parts. */
export interface PartLimits {
  readonly maxParts: number;
  /** The most bytes of headers that a part may have. */
  readonly maxHeaderBytes: number;
}

/**
 * Splits a body at its boundaries.
 *
 * @throws Error with a short reason where a boundary, the end or a part's headers are missing or
 *   broken, or a limit is exceeded
 */
export function splitParts(body: Uint8Array, boundary: string, limits: PartLimits): RawPart[] {
  const delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
  const parts: RawPart[] = [];
  // There may be no line break before the first boundary.
  let found = startsWith(body, delimiter.subarray(2), 0)
    ? endOfDelimiter(body, delimiter.length - 2)
    : undefined;
  found ??= findDelimiter(body, delimiter, 0);
  if (found === undefined) throw new Error(missing(body, boundary));
  while (!found.closing) {
    if (parts.length === limits.maxParts) {
      throw new Error(`it may have at most ${limits.maxParts} parts`);
    }
    const number = parts.length + 1;
    const { headers, end } = readHeaders(body, found.end, number, limits.maxHeaderBytes);
    // In an empty part, the line break of the next boundary may be the one that ends the headers.
    const next = findDelimiter(body, delimiter, end - 2);
    if (next === undefined) throw new Error(UNCLOSED);
    parts.push({ headers, content: body.subarray(end, Math.max(end, next.start)) });
    found = next;
  }
  return parts;
}

const UNCLOSED = "it ends before its closing boundary";

function missing(body: Uint8Array, boundary: string): string {
  const start = new TextEncoder().encode(`--${boundary}\n`);
  if (startsWith(body, start, 0)) return "its lines end with LF, but must end with CR LF";
  return "it does not have the boundary of its content type";
}

/** The position of a boundary with its line breaks. */
interface Delimiter {
  /** The start of the line break before it. */
  readonly start: number;
  /** The end of the line break after it; meaningless for a closing boundary. */
  readonly end: number;
  readonly closing: boolean;
}

function findDelimiter(body: Uint8Array, text: Uint8Array, from: number): Delimiter | undefined {
  // Searching for each CR by `indexOf` takes many times as long if there are many.
  for (let at = from; at < body.length; at += 1) {
    if (body[at] !== CR || body[at + 1] !== LF || !startsWith(body, text, at)) continue;
    const found = endOfDelimiter(body, at + text.length);
    if (found !== undefined) return { ...found, start: at };
  }
  return undefined;
}

/** Reads the end of a boundary; `undefined` if more follows in its line, so that it is content. */
function endOfDelimiter(body: Uint8Array, from: number): Delimiter | undefined {
  const closing = body[from] === DASH && body[from + 1] === DASH;
  let at = closing ? from + 2 : from;
  while (body[at] === SPACE || body[at] === TAB) at += 1;
  const line = body[at] === CR && body[at + 1] === LF;
  if (!line && !(closing && at === body.length)) return undefined;
  return { start: 0, end: at + 2, closing };
}

function startsWith(body: Uint8Array, text: Uint8Array, at: number): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (body[at + index] !== text[index]) return false;
  }
  return true;
}

/** Reads the headers of a part, and returns the start of the content after their empty line. */
function readHeaders(
  body: Uint8Array,
  start: number,
  number: number,
  maxBytes: number,
): { readonly headers: ReadonlyMap<string, string>; readonly end: number } {
  if (isNewline(body, start)) throw new Error(`part ${number} has no headers`);
  let end = start;
  while (!isNewline(body, end) || !isNewline(body, end + 2)) {
    end = body.indexOf(CR, end + 1);
    if (end === -1) throw new Error(UNCLOSED);
    if (end - start > maxBytes) {
      throw new Error(`the headers of part ${number} exceed ${maxBytes} bytes`);
    }
  }
  return { headers: parseHeaders(body.subarray(start, end), number), end: end + 4 };
}

function isNewline(body: Uint8Array, at: number): boolean {
  return body[at] === CR && body[at + 1] === LF;
}

function parseHeaders(bytes: Uint8Array, number: number): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  // A line that begins with white space continues the one before it.
  for (const line of decode(bytes, number).split(/\r\n(?![ \t])/)) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon < 1 || name === "") throw new Error(`part ${number} has a header without a name`);
    const value = line.slice(colon + 1).replaceAll(/\r\n[ \t]+/g, " ");
    if (!headers.has(name)) headers.set(name, value.trim());
  }
  return headers;
}

function decode(bytes: Uint8Array, number: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error(`the headers of part ${number} are not UTF-8`, { cause });
  }
}
