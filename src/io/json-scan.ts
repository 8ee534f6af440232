/**
 * What a JSON text would cost to parse, found by a look at its bytes: a few nanoseconds each,
 * where a parser may take a microsecond for every empty array.
 * @module
 */

/**
 * Arrays and objects inside one another, at most. A parser takes a hundred thousand, but what
 * then walks the value by recursion (a schema, `JSON.stringify` on Bun) would end the stack.
 */
export const MAX_DEPTH = 512;

/** Arrays, objects and keys of a text, at most: about a second of parsing. */
const MAX_PARTS = 1_000_000;

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Why a text is not to be parsed, in words; `undefined` for one that is, or is no JSON at all. */
export function troubleInBytes(bytes: Uint8Array): string | undefined {
  let depth = 0;
  let parts = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfString(bytes, at);
        break;
      case COLON:
        parts += 1;
        break;
      case OPEN_BRACKET:
      case OPEN_BRACE:
        parts += 1;
        depth += 1;
        if (depth > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
        break;
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth -= 1;
    }
    if (parts > MAX_PARTS) return `it has more than ${MAX_PARTS} arrays, objects and keys`;
  }
  return undefined;
}

/** Where the string that begins at `start` ends. Bytes of other characters are never quotes. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at += 1;
  return at;
}
