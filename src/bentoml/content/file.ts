/**
 * Files from and to the field `file`.
 * @module
 */

import type { Io, Payload } from "../../io/io.ts";
import type { FileSpec } from "../../io/spec.ts";
import type { FileMessage } from "./message.ts";

/**
 * Decodes a file. One without a kind is of the descriptor's type.
 *
 * @throws ServiceError `unsupported_media_type` for a kind that is not the descriptor's, and
 *   `invalid_argument` for an empty file; both are INVALID_ARGUMENT in gRPC
 */
export function decodeFile(
  { kind = "", content }: FileMessage,
  io: Io<unknown, never>,
  { mimeType }: FileSpec,
): unknown | Promise<unknown> {
  const type = kind === "" ? mimeType : kind;
  return io.decode({ bytes: content, type });
}

/**
 * Encodes a body of `file()` or `image()`. The kind is the type of the file itself, while BentoML
 * sends the descriptor's, and a misspelt one for a descriptor without a type.
 */
export function encodeFile({ bytes, type }: Payload): { kind: string; content: Uint8Array } {
  return { kind: type ?? "application/octet-stream", content: bytes };
}
