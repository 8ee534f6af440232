/**
 * file(): a body that is the content of a file.
 * @module
 */
import { invalidArgument, ServiceError } from "../error.ts";
import { isFile, isHeaderSafe, UNSAFE } from "./form/form.ts";
import { essence, type Io, type Payload } from "./io.ts";
import { describe, excerpt } from "./wording.ts";

/** The content of a file, its media type and its name. */
export interface FileContent {
  readonly bytes: Uint8Array;
  /** The media type, for example `application/pdf`; undefined if none was sent, or no valid one. */
  readonly type?: string | undefined;
  readonly filename?: string | undefined;
}

/** The options of `file()`. */
export interface FileOptions {
  /** The only media type that is accepted, for example `application/pdf`. Default: any. */
  readonly mimeType?: string | undefined;
}

/**
 * Forbids browsers to guess the type of a file: one that a stranger uploaded could be a page whose
 * scripts would run with the rights of the site.
 */
const NO_SNIFFING = new Headers({ "x-content-type-options": "nosniff" });

/** The descriptor that `file()` makes. */
export interface FileIo extends Io<FileContent, FileContent | Uint8Array> {
  readonly kind: "file";
}

/**
 * Describes a file, like BentoML's `File`: the whole body, or the first file of a form. An empty
 * body, or a media type that a header cannot have, is `invalid_argument` (400). With `mimeType`, a
 * file of another type or of none is `unsupported_media_type` (415). A handler returns a
 * `FileContent` or bytes; the media type of the answer is that of the file, or else `mimeType`, or
 * else `application/octet-stream`. Over HTTP, `X-Content-Type-Options: nosniff` is sent with it.
 *
 * @throws TypeError at definition for a `mimeType` that is not a media type
 */
export function file(options: FileOptions = {}): FileIo {
  const { mimeType } = options;
  const wanted = essence(mimeType);
  if (mimeType !== undefined && !isMediaType(mimeType)) {
    throw new TypeError(`mimeType must be a media type, as "text/csv", but was "${mimeType}"`);
  }
  const takes = (type: string | undefined): boolean =>
    wanted === undefined || essence(type) === wanted;
  return {
    kind: "file",
    spec: { kind: "file", mimeType },
    mediaType: mimeType ?? "application/octet-stream",
    takesPart: (part) => isFile(part) && takes(part.type),
    decode({ bytes, type, filename }: Payload): FileContent {
      if (!takes(type)) {
        throw new ServiceError(
          "unsupported_media_type",
          `Cannot take a file of type ${excerpt(type ?? "(none given)")}: it must be ${wanted}`,
        );
      }
      // Most handlers that return the file return its type with it.
      if (!isHeaderSafe(type)) throw invalidArgument(`Cannot take a file whose type has ${UNSAFE}`);
      if (bytes.length === 0) throw invalidArgument("Cannot take an empty file");
      // Of a type that is none, such as "*/*", nothing is known (RFC 9110, section 8.3).
      return { bytes, type: isMediaType(type) ? type : undefined, filename };
    },
    encode(value: FileContent | Uint8Array): Payload {
      const content: FileContent = value instanceof Uint8Array ? { bytes: value } : value;
      if (!(content?.bytes instanceof Uint8Array)) {
        throw new TypeError(
          `Cannot encode a file: it must be { bytes: Uint8Array } or a Uint8Array, ` +
            `but was ${describe(value)}`,
        );
      }
      if (!isHeaderSafe(content.type)) {
        throw new TypeError(
          `Cannot encode a file of type ${describe(content.type)}: it has ${UNSAFE}`,
        );
      }
      return {
        bytes: content.bytes,
        type: content.type ?? mimeType ?? "application/octet-stream",
        filename: content.filename,
        headers: NO_SNIFFING,
      };
    },
  };
}

function isMediaType(type: string | undefined): boolean {
  return isHeaderSafe(type) && /^[^\s/*]+\/[^\s/*]+$/.test(essence(type) ?? "");
}
