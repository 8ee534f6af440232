/**
 * Errors about a JSON body, with the unexpected text and its position.
 * @module
 */
import { invalidArgument, type ServiceError } from "../../error.ts";
import { quote } from "../wording.ts";

/** The most characters of the body's words that a message repeats. */
const MAX_WORD_LENGTH = 24;

/** Returns the error for invalid JSON, in BentoML's words. */
export function invalidJson(reason: string, cause?: unknown): ServiceError {
  return invalidArgument(`Invalid JSON input received: ${reason}`, cause);
}

/** Returns the error for an unexpected byte. */
export function unexpected(bytes: Uint8Array, at: number): ServiceError {
  const from = hasByteOrderMark(bytes) ? 3 : 0;
  if (bytes.length === 0) return invalidJson("the body is empty");
  if (bytes.subarray(from).every(isSpace)) return invalidJson("the body has only white space");
  if (at >= bytes.length) return invalidJson(`it ends too early, at byte ${bytes.length}`);
  return notUtf8(bytes) ?? invalidJson(`unexpected ${wordAt(bytes, at)} at byte ${at}`);
}

/** Returns the error for the first byte that is not UTF-8; `undefined` if there is none. */
export function notUtf8(bytes: Uint8Array): ServiceError | undefined {
  const at = firstInvalid(bytes);
  if (at === undefined) return undefined;
  const byte = (bytes[at] ?? 0).toString(16).padStart(2, "0");
  return invalidJson(`the body is not UTF-8: byte ${at} is 0x${byte}`);
}

/** Returns the error for a number beyond the largest double. */
export function beyondDouble(at: number): ServiceError {
  return invalidJson(
    `a number in it is beyond ±1.8e308, the largest double (byte ${at} of the body)`,
  );
}

/** Returns true for a body that begins with a byte order mark (U+FEFF). */
export function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Returns true for white space in JSON. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Returns the word, or the single other character, at a position, in quotes. */
function wordAt(bytes: Uint8Array, at: number): string {
  const text = new TextDecoder().decode(bytes.subarray(at, at + 4 * MAX_WORD_LENGTH));
  const [word = ""] = /^[\w.+-]+|^[\s\S]/u.exec(text) ?? [];
  return quote(word, MAX_WORD_LENGTH);
}

/** Returns the position of the first byte that is not valid UTF-8. */
function firstInvalid(bytes: Uint8Array): number | undefined {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const encoder = new TextEncoder();
  let position = 0;
  let from = 0;
  for (let at = text.indexOf("\ufffd"); at !== -1; at = text.indexOf("\ufffd", from)) {
    position += encoder.encode(text.slice(from, at)).length;
    const isMeant = bytes[position] === 0xef && bytes[position + 1] === 0xbf;
    if (!(isMeant && bytes[position + 2] === 0xbd)) return position;
    position += 3;
    from = at + 1;
  }
  return undefined;
}
