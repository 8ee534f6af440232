/**
 * Pictures from the field `file`. To it they go as any file.
 * @module
 */

import type { Io, IoHost } from "../../io/io.ts";
import type { FileMessage } from "./message.ts";

/**
 * The picture a handler is given: its bytes say what it is. BentoML takes no kind but the media
 * type that the descriptor answers with, which callers who send another picture cannot truly give.
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
