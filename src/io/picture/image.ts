/**
 * image(): a body that is a picture, which handlers see as pixels.
 * @module
 */

import { invalidArgument, ServiceError } from "../../error.ts";
import type { Tensor } from "../../tensor.ts";
import { essence, type Io, type IoHost, type Payload } from "../io.ts";
import { excerpt } from "../wording.ts";
import { describeBytes, formatNameOf, mediaTypeOf } from "./codec/codec.ts";
import { checkImageOptions, type ImageOptions, type ImageTensorOptions } from "./image-options.ts";
import type { Picture } from "./picture.ts";
import { inPlace } from "./picture-codec.ts";
import type { PictureDType } from "./picture-tensor.ts";

export { IMAGE_MEDIA_TYPES, OUTPUT_IMAGE_MEDIA_TYPES } from "./codec/codec.ts";
export type { ImageMediaType, OutputImageMediaType } from "./codec/format.ts";
export { provideWasm, type WasmCodec } from "./codec/wasm.ts";
export type { ImageOptions, ImageTensorOptions } from "./image-options.ts";
export type { Picture, PictureMode } from "./picture.ts";

/** The descriptor that `image()` makes. */
export interface ImageIo<In extends Picture | Tensor = Picture> extends Io<In, Picture> {
  readonly kind: "image";
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
 * With a `layout`, the handler receives the input of a model instead of a picture: a tensor of
 * [1, channels, height, width] for `NCHW`, or [1, height, width, channels] for `NHWC`, which has a
 * batch axis, so that it can be given to a batched method as it is. Its values are floats from 0 to
 * 1, unless `normalize` or `dtype` say otherwise. Answers are pictures all the same.
 *
 * A JPEG has no alpha: that of an answer is dropped, without blending.
 *
 * @throws TypeError or RangeError at definition for invalid options
 * @example
 * const digit = image({ mode: "L", maxPixels: 1_000_000 });
 * const pixels = image({
 *   resize: { width: 224, height: 224, fit: "cover" },
 *   layout: "NCHW",
 *   normalize: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
 * });
 */
export function image(options?: ImageOptions & { readonly layout?: undefined }): ImageIo;
export function image<D extends PictureDType = "float32">(
  options: ImageTensorOptions<D>,
): ImageIo<Tensor<D>>;
export function image(options: ImageOptions = {}): ImageIo<Picture | Tensor> {
  const { read, values, mimeType, allowed } = checkImageOptions(options);
  const isAllowed = (bytes: Uint8Array): boolean => {
    const found = mediaTypeOf(bytes);
    return found !== undefined && allowed.includes(found);
  };
  return {
    kind: "image",
    spec: { kind: "image", mode: read.mode, mimeType, allowedMimeTypes: allowed },
    mediaType: mimeType,
    takesPart: ({ bytes }) => isAllowed(bytes),
    async decode(payload: Payload, host: IoHost = {}): Promise<Picture | Tensor> {
      const { pictures = inPlace, signal } = host;
      const { bytes } = payload;
      if (!isAllowed(bytes)) throw refusal(payload, allowed);
      if (values === undefined) return await pictures.decode(bytes, read, signal);
      return await pictures.decodeTensor(bytes, { ...read, values }, signal);
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
