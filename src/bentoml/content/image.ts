/**
 * Pictures from the field `file`. To it they go as any file.
 * @module
 */

import type { Io, IoHost } from "../../io/io.ts";
import type { FileMessage } from "./message.ts";

/**
 * Decodes a picture by its bytes. BentoML accepts only the media type that the descriptor answers
 * with, so that callers with another format have to give a false one, which is ignored here.
 *
 * @throws ServiceError of `image()`
 */
export function decodeImage(
  { kind = "", content }: FileMessage,
  io: Io<unknown, never>,
  host: IoHost,
): unknown | Promise<unknown> {
  return io.decode({ bytes: content, type: kind === "" ? undefined : kind }, host);
}
