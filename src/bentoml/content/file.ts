/**
 * Files from and to the field `file`.
 * @module
 */

import type { FileDescriptor } from "../../io/descriptor.ts";
import type { Io, Payload } from "../../io/io.ts";
import type { FileMessage } from "./message.ts";

/**
 * The file a handler is given. Without a kind it is of the descriptor's type.
 *
 * @throws ServiceError `unsupported_media_type` for a kind that is not the descriptor's, and
 *   `invalid_argument` for an empty file; both are INVALID_ARGUMENT in gRPC
 */
export function decodeFile(
  { kind = "", content }: FileMessage,
  io: Io<unknown, never>,
  { args }: FileDescriptor,
): unknown | Promise<unknown> {
  const type = kind === "" ? (args.mime_type ?? undefined) : kind;
  return io.decode({ bytes: content, type });
}

/**
 * The message of a body of `file()` or `image()`. BentoML's kind is always the descriptor's type,
 * and misspelt where it has none; here it is the file's own.
 */
export function encodeFile({ bytes, type }: Payload): { kind: string; content: Uint8Array } {
  return { kind: type ?? "application/octet-stream", content: bytes };
}
