/**
 * Pictures from the field `file`. To it they go as any file.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import type { ImageDescriptor } from "../../io/descriptor.ts";
import type { Io, IoHost } from "../../io/io.ts";
import { cut } from "../../io/wording.ts";
import type { FileMessage } from "./message.ts";

/**
 * The picture a handler is given. As in BentoML, its kind is the media type that the descriptor
 * answers with, or none; what it is, its bytes say.
 *
 * @throws ServiceError `invalid_argument` for another kind, and what `image()` throws
 */
export function decodeImage(
  { kind = "", content }: FileMessage,
  io: Io<unknown, never>,
  { args }: ImageDescriptor,
  host: IoHost,
): unknown | Promise<unknown> {
  if (kind !== "" && kind !== args.mime_type) {
    throw invalidArgument(
      `Cannot take a picture of the kind ${cut(kind)}: it must be ${args.mime_type}, or empty ` +
        `for any of ${args.allowed_mime_types.join(", ")}`,
    );
  }
  return io.decode({ bytes: content, type: args.allowed_mime_types[0] }, host);
}
