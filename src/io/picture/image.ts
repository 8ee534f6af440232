/**
 * image(): a body that is a picture, which handlers see as pixels.
 * @module
 */

import { invalidArgument, ServiceError } from "../../error.ts";
import { essence, type Io, type IoHost, type Payload } from "../io.ts";
import { excerpt } from "../wording.ts";
import {
  describeBytes,
  formatNameOf,
  IMAGE_MEDIA_TYPES,
  mediaTypeOf,
  OUTPUT_IMAGE_MEDIA_TYPES,
} from "./codec/codec.ts";
import type { ImageMediaType, OutputImageMediaType } from "./codec/format.ts";
import { PICTURE_MODES, type Picture, type PictureMode } from "./picture.ts";
import { inPlace } from "./picture-codec.ts";

export { IMAGE_MEDIA_TYPES, OUTPUT_IMAGE_MEDIA_TYPES } from "./codec/codec.ts";
export type { ImageMediaType, OutputImageMediaType } from "./codec/format.ts";
export { provideWasm, type WasmCodec } from "./codec/wasm.ts";
export type { Picture, PictureMode } from "./picture.ts";

/** About 4096 x 4096: 64 MiB of RGBA. */
const DEFAULT_MAX_PIXELS = 2 ** 24;

/** The options of `image()`. */
export interface ImageOptions {
  /** The layout that handlers receive, whatever the layout of the file. Default `"RGB"`. */
  readonly mode?: PictureMode;
  /** The format in which answers are encoded. Default `"image/jpeg"`. */
  readonly mimeType?: OutputImageMediaType;
  /** The formats that callers may send. Default: all of `IMAGE_MEDIA_TYPES`. */
  readonly allowedMimeTypes?: readonly ImageMediaType[];
  /** The most pixels, width times height, that a file may declare. Default 2**24. */
  readonly maxPixels?: number;
  /**
   * Rotates and mirrors a picture by the orientation tag of its file, as Pillow's
   * `ImageOps.exif_transpose` does. Default false.
   */
  readonly orient?: boolean;
}

/**
 * Describes a picture: JPEG, PNG, WebP, GIF, BMP or TIFF in bodies, and 8 bits a channel in memory,
 * with the pixels of Pillow's `convert(mode)`. The format is recognised by the bytes; the media
 * type that was sent is ignored. Of an animation or a file of several pictures, the first is read.
 *
 * A file of a format that cannot be read, or is not allowed, is `unsupported_media_type` (415); a
 * damaged file, and bytes of an unknown format that are sent as a picture or without a type, are
 * `invalid_argument` (400); more than `maxPixels` are `payload_too_large` (413).
 *
 * A JPEG has no alpha: that of an answer is dropped, without blending.
 *
 * @throws TypeError or RangeError at definition for invalid options
 * @example
 * const digit = image({ mode: "L", maxPixels: 1_000_000 });
 */
export function image(options: ImageOptions = {}): Io<Picture, Picture> {
  const { mode, mimeType, allowed, maxPixels, orient } = checkOptions(options);
  const isAllowed = (bytes: Uint8Array): boolean => {
    const found = mediaTypeOf(bytes);
    return found !== undefined && allowed.includes(found);
  };
  return {
    kind: "image",
    spec: { kind: "image", mode, mimeType, allowedMimeTypes: allowed },
    mediaType: mimeType,
    takesPart: ({ bytes }) => isAllowed(bytes),
    async decode(payload: Payload, host: IoHost = {}): Promise<Picture> {
      const { pictures = inPlace, signal } = host;
      if (!isAllowed(payload.bytes)) throw refusal(payload, allowed);
      return await pictures.decode(payload.bytes, { maxPixels, mode, orient }, signal);
    },
    async encode(picture: Picture, host: IoHost = {}): Promise<Payload> {
      const { pictures = inPlace, signal } = host;
      const bytes = await pictures.encode(picture, mimeType, signal);
      return { bytes, type: mimeType, filename: mimeType.replace("image/", "output.") };
    },
  };
}

function refusal({ bytes, type }: Payload, allowed: readonly string[]): ServiceError {
  const wanted = `be one of ${allowed.join(", ")}`;
  if (bytes.length === 0) return invalidArgument(`The body is empty, but must ${wanted}`);
  const found = formatNameOf(bytes);
  const given = essence(type);
  const message = `The picture must ${wanted}, but its bytes are ${describeBytes(bytes)}`;
  if (found !== undefined) return new ServiceError("unsupported_media_type", message);
  if (given === undefined || given === "application/octet-stream" || given.startsWith("image/")) {
    return invalidArgument(message);
  }
  return new ServiceError(
    "unsupported_media_type",
    `${message}; they were sent as ${excerpt(given)}`,
  );
}

/** Returns the options with their defaults; called once, at definition. */
function checkOptions(options: ImageOptions): {
  readonly mode: PictureMode;
  readonly mimeType: OutputImageMediaType;
  readonly allowed: readonly ImageMediaType[];
  readonly maxPixels: number;
  readonly orient: boolean;
} {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options of image() must be an object, but were ${String(options)}`);
  }
  const {
    mode = "RGB",
    mimeType = "image/jpeg",
    allowedMimeTypes = IMAGE_MEDIA_TYPES,
    maxPixels = DEFAULT_MAX_PIXELS,
    orient = false,
  } = options;
  checkOneOf("mode", mode, PICTURE_MODES);
  checkOneOf("mimeType", mimeType, OUTPUT_IMAGE_MEDIA_TYPES);
  if (!Array.isArray(allowedMimeTypes)) {
    const given = String(allowedMimeTypes);
    throw new TypeError(`allowedMimeTypes of image() must be an array, but was ${given}`);
  }
  if (allowedMimeTypes.length === 0) {
    throw new RangeError("allowedMimeTypes of image() must have a media type, but was empty");
  }
  for (const type of allowedMimeTypes) checkOneOf("allowedMimeTypes", type, IMAGE_MEDIA_TYPES);
  if (typeof maxPixels !== "number") {
    throw new TypeError(`maxPixels of image() must be a number, but was ${typeof maxPixels}`);
  }
  if (!Number.isSafeInteger(maxPixels) || maxPixels < 1) {
    throw new RangeError(
      `maxPixels of image() must be a whole number from 1, but was ${maxPixels}`,
    );
  }
  if (typeof orient !== "boolean") {
    throw new TypeError(`orient of image() must be true or false, but was ${String(orient)}`);
  }
  // Copied, so that later changes of the caller's array have no effect.
  return { mode, mimeType, allowed: [...allowedMimeTypes], maxPixels, orient };
}

function checkOneOf(option: string, value: unknown, wanted: readonly string[]): void {
  const sentence = `${option} of image() must be one of ${wanted.join(", ")}`;
  if (typeof value !== "string") {
    throw new TypeError(`${sentence}, but was ${String(value)}`);
  }
  if (!wanted.includes(value)) throw new RangeError(`${sentence}, but was ${value}`);
}
