/**
 * Content-Transfer-Encoding: the encodings in which mail carries bytes (RFC 2045, section 6), and
 * some makers of forms still do.
 * @module
 */

/**
 * The bytes of an encoded content; the same view where it is as it is.
 *
 * @throws Error with a short reason for content that is not what the encoding makes, or for an
 *   encoding that is not known
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

/** The value of each letter; white space may stand anywhere, and is `SKIPPED`. */
const SKIPPED = 254;
const VALUES = new Uint8Array(256).fill(INVALID);
for (const [value, letter] of [...ALPHABET].entries()) VALUES[letter.charCodeAt(0)] = value;
for (const space of " \t\r\n") VALUES[space.charCodeAt(0)] = SKIPPED;

function decodeBase64(content: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(Math.ceil(content.length / 4) * 3);
  let to = 0;
  let buffer = 0;
  let letters = 0;
  let padding = 0;
  for (const byte of content) {
    // The table has every byte.
    const value = VALUES[byte] as number;
    if (value === SKIPPED) continue;
    if (byte === PADDING) padding += 1;
    else if (value === INVALID || padding > 0) throw new Error("is not valid Base64");
    else {
      buffer = ((buffer << 6) | value) & 0xffffff;
      letters += 1;
      if (letters % 4 !== 1) {
        decoded[to] = buffer >> (6 - 2 * ((letters - 1) % 4));
        to += 1;
      }
    }
  }
  const missing = (4 - (letters % 4)) % 4;
  if (missing === 3 || padding > 2 || (padding > 0 && padding !== missing)) {
    throw new Error("is not valid Base64");
  }
  return decoded.subarray(0, to);
}

const EQUALS = 61;

/** `=` and two hexadecimal digits are a byte, `=` at the end of a line joins it with the next. */
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
