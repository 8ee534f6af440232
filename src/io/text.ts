/**
 * text(): a body that is a string.
 * @module
 */
import { invalidArgument, ServiceError } from "../error.ts";
import { asciiText } from "./ascii.ts";
import { type Io, type Payload, textPayload, utf8 } from "./io.ts";
import { describe, excerpt } from "./wording.ts";

/** US-ASCII is a subset of UTF-8. `utf8` is not a registered name, but a common one. */
const CHARSETS: readonly string[] = ["utf-8", "utf8", "us-ascii"];

/** The descriptor that `text()` makes. */
export interface TextIo extends Io<string> {
  readonly kind: "text";
}

/**
 * Describes text, like BentoML's `Text`: the whole body is one string, whatever its media type. It
 * must be UTF-8; a body that declares another `charset` is refused (415).
 *
 * @example
 * api({ input: text(), output: text() }, (name) => `Hello, ${name}`);
 */
export function text(): TextIo {
  return {
    kind: "text",
    spec: { kind: "text", check: requireString },
    mediaType: "text/plain; charset=utf-8",
    decode({ bytes, type }: Payload): string {
      const charset = charsetOf(type);
      if (charset !== undefined && !CHARSETS.includes(charset)) {
        throw new ServiceError(
          "unsupported_media_type",
          `Cannot read text in the charset "${excerpt(charset)}": it must be UTF-8`,
        );
      }
      const value = asciiText(bytes) ?? utf8(bytes);
      if (value === undefined) throw invalidArgument("Cannot read text: the body is not UTF-8");
      return value;
    },
    encode(value: string): Payload {
      return textPayload(requireString(value), "text/plain; charset=utf-8");
    },
  };
}

function requireString(value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`Cannot encode text: it must be a string, but was ${describe(value)}`);
}

/** The latest type, which is that of most bodies, and its charset. */
let latestType: string | undefined;
let latestCharset: string | undefined;

function charsetOf(type: string | undefined): string | undefined {
  if (type !== latestType) {
    latestCharset = type?.match(/;\s*charset\s*=\s*"?([^\s";]+)/i)?.[1]?.toLowerCase();
    latestType = type;
  }
  return latestCharset;
}
