/**
 * Content-Transfer-Encoding: the encodings of bytes in mail (RFC 2045, section 6), which some
 * senders of forms still use.
 * @module
 */

/**
 * Decodes content; returns the same view if it is not encoded.
 *
 * @throws Error with a short reason for content that is not valid in its encoding, or for an
 *   unknown encoding
 */
export function decodeTransfer(content: Uint8Array, encoding: string | undefined): Uint8Array {
  switch (encoding?.toLowerCase()) {
    case undefined:
    case "":
    case "7bit":
    case "8bit":
    case "binary":
      return content;
    case "base64":
      return decodeBase64(content);
    case "quoted-printable":
      return decodeQuotedPrintable(content);
    default:
      throw new Error(
        `has the Content-Transfer-Encoding ${JSON.stringify(encoding?.slice(0, 60))}: it must ` +
          "be 7bit, 8bit, binary, base64 or quoted-printable",
      );
  }
}

const INVALID = 255;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING = 61;
const NO_BASE64 = "is not valid Base64";

/** The value of white space, which may be anywhere, in the table of letters. */
const SKIPPED = 254;
const VALUES = new Uint8Array(256).fill(INVALID);
for (const [value, letter] of [...ALPHABET].entries()) VALUES[letter.charCodeAt(0)] = value;
for (const space of " \t\r\n") VALUES[space.charCodeAt(0)] = SKIPPED;

function decodeBase64(content: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(Math.ceil(content.length / 4) * 3);
  let to = 0;
  let buffer = 0;
  /** The number of buffered letters that are not yet written, at most 3. */
  let letters = 0;
  let padding = 0;
  for (let at = 0; at < content.length; at += 1) {
    const byte = content[at] as number;
    // The table has every byte.
    const value = VALUES[byte] as number;
    if (value < 64 && padding === 0) {
      buffer = (buffer << 6) | value;
      letters += 1;
      if (letters < 4) continue;
      decoded[to] = buffer >> 16;
      decoded[to + 1] = buffer >> 8;
      decoded[to + 2] = buffer;
      to += 3;
      buffer = 0;
      letters = 0;
    } else if (byte === PADDING) {
      padding += 1;
    } else if (value !== SKIPPED) {
      throw new Error(NO_BASE64);
    }
  }
  const missing = (4 - letters) % 4;
  if (missing === 3 || (padding > 0 && padding !== missing)) throw new Error(NO_BASE64);
  if (letters > 1) decoded[to] = (buffer << (6 * missing)) >> 16;
  if (letters > 2) decoded[to + 1] = (buffer << 6) >> 8;
  return decoded.subarray(0, to + Math.max(0, letters - 1));
}

const EQUALS = 61;

/** Decodes `=` with two hexadecimal digits to a byte; `=` at the end of a line joins two lines. */
function decodeQuotedPrintable(content: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(content.length);
  let to = 0;
  for (let at = 0; at < content.length; at += 1) {
    const byte = content[at] as number;
    if (byte !== EQUALS) {
      decoded[to] = byte;
      to += 1;
      continue;
    }
    const next = String.fromCharCode(...content.subarray(at + 1, at + 3));
    if (/^[0-9A-Fa-f]{2}$/.test(next)) {
      decoded[to] = Number.parseInt(next, 16);
      to += 1;
    } else if (next !== "\r\n") {
      throw new Error("is not valid quoted-printable text");
    }
    at += 2;
  }
  return decoded.subarray(0, to);
}
