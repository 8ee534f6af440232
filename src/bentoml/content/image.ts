/**
 * Pictures from the field `file`. They are encoded like any other file.
 * @module
 */

import type { Io, IoHost } from "../../io/io.ts";
import type { FileMessage } from "./message.ts";

/**
 * Decodes a picture by its bytes. Its media type is ignored: BentoML accepts only that of the
 * descriptor's answers, so that callers with another format send a false one.
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
