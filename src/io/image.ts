/**
 * Image: a picture as a file on the wire, and as pixels in a handler.
 * @module
 */

import { invalidArgument, ServiceError } from "../error.ts";
import { IMAGE_MEDIA_TYPES } from "./codec/codec.ts";
import type { ImageMediaType } from "./codec/format.ts";
import { essence, type Io, type IoHost, type Payload } from "./io.ts";
import { PICTURE_MODES, type Picture, type PictureMode } from "./picture.ts";
import { inPlace } from "./picture-codec.ts";

export { IMAGE_MEDIA_TYPES } from "./codec/codec.ts";
export type { ImageMediaType } from "./codec/format.ts";
export { provideWasm, type WasmCodec } from "./codec/wasm.ts";
export type { Picture, PictureMode } from "./picture.ts";

/** About 4096 x 4096: 64 MiB of RGBA. */
const DEFAULT_MAX_PIXELS = 2 ** 24;

/** How pictures are read and written. */
export interface ImageOptions {
  /** The layout a handler is given, whatever the file has; `"RGB"` unless told. */
  readonly mode?: PictureMode;
  /** What a result is encoded as; `"image/jpeg"` unless told. */
  readonly mimeType?: ImageMediaType;
  /** What may be sent; all of `IMAGE_MEDIA_TYPES` unless told. */
  readonly allowedMimeTypes?: readonly ImageMediaType[];
  /** The most pixels, width times height, a file may declare; 2**24 unless told. */
  readonly maxPixels?: number;
}

/**
 * A picture: PNG, JPEG or WebP on the wire, 8 bits a channel in memory. What a body is, is read
 * from its bytes; its media type only says whether it is welcome.
 *
 * A JPEG cannot carry alpha: a result with alpha loses it there, without blending.
 *
 * @throws TypeError or RangeError for options that are not as described
 * @example
 * const digit = image({ mode: "L", maxPixels: 1_000_000 });
 */
export function image(options: ImageOptions = {}): Io<Picture, Picture> {
  const { mode, mimeType, allowed, maxPixels } = checkOptions(options);
  return {
    id: "bentoml.io.Image",
    descriptor: {
      id: "bentoml.io.Image",
      args: { pilmode: mode, mime_type: mimeType, allowed_mime_types: allowed },
    },
    mediaType: mimeType,
    takesPart: (type) => allowed.some((one) => one === essence(type)),
    async decode(payload: Payload, host: IoHost = {}): Promise<Picture> {
      const { pictures = inPlace, signal } = host;
      checkType(payload.type, allowed);
      if (payload.bytes.length === 0) {
        throw invalidArgument(`The body is empty, but must be one of ${allowed.join(", ")}`);
      }
      const reading = { maxPixels, formats: allowed, mode };
      return await pictures.decode(payload.bytes, reading, signal);
    },
    async encode(picture: Picture, host: IoHost = {}): Promise<Payload> {
      const { pictures = inPlace, signal } = host;
      const bytes = await pictures.encode(picture, mimeType, signal);
      return { bytes, type: mimeType, filename: mimeType.replace("image/", "output.") };
    },
  };
}

function checkType(type: string | undefined, allowed: readonly string[]): void {
  const given = essence(type);
  if (given !== undefined && allowed.includes(given)) return;
  const wanted = `The media type must be one of ${allowed.join(", ")}`;
  const but = given === undefined ? "but none was sent" : `but was ${given}`;
  throw new ServiceError("unsupported_media_type", `${wanted}, ${but}`);
}

/** The options with their defaults; called once, where the service is defined. */
function checkOptions(options: ImageOptions): {
  readonly mode: PictureMode;
  readonly mimeType: ImageMediaType;
  readonly allowed: readonly ImageMediaType[];
  readonly maxPixels: number;
} {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options of image() must be an object, but were ${String(options)}`);
  }
  const {
    mode = "RGB",
    mimeType = "image/jpeg",
    allowedMimeTypes = IMAGE_MEDIA_TYPES,
    maxPixels = DEFAULT_MAX_PIXELS,
  } = options;
  checkOneOf("mode", mode, PICTURE_MODES);
  checkOneOf("mimeType", mimeType, IMAGE_MEDIA_TYPES);
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
  // Copied, so that a later change of the caller's array changes nothing here.
  return { mode, mimeType, allowed: [...allowedMimeTypes], maxPixels };
}

function checkOneOf(option: string, value: unknown, wanted: readonly string[]): void {
  const sentence = `${option} of image() must be one of ${wanted.join(", ")}`;
  if (typeof value !== "string") {
    throw new TypeError(`${sentence}, but was ${String(value)}`);
  }
  if (!wanted.includes(value)) throw new RangeError(`${sentence}, but was ${value}`);
}
