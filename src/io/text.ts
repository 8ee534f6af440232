/**
 * text(): a body that is a string.
 * @module
 */
import { invalidArgument, ServiceError } from "../error.ts";
import { type Io, type Payload, utf8 } from "./io.ts";
import { describe, excerpt } from "./wording.ts";

/** US-ASCII is a subset of UTF-8. `utf8` is not a registered name, but a common one. */
const CHARSETS: readonly string[] = ["utf-8", "utf8", "us-ascii"];

/**
 * Describes text, like BentoML's `Text`: the whole body is one string, whatever its media type. It
 * must be UTF-8; a body that declares another `charset` is refused (415).
 *
 * @example
 * api({ input: text(), output: text() }, (name) => `Hello, ${name}`);
 */
export function text(): Io<string> {
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
      const value = utf8(bytes);
      if (value === undefined) throw invalidArgument("Cannot read text: the body is not UTF-8");
      return value;
    },
    encode(value: string): Payload {
      return {
        bytes: new TextEncoder().encode(requireString(value)),
        type: "text/plain; charset=utf-8",
      };
    },
  };
}

function requireString(value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`Cannot encode text: it must be a string, but was ${describe(value)}`);
}

function charsetOf(type: string | undefined): string | undefined {
  return type?.match(/;\s*charset\s*=\s*"?([^\s";]+)/i)?.[1]?.toLowerCase();
}
