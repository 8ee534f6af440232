/**
 * The options of image(), checked.
 * @module
 */

import { checkOptions } from "../../check.ts";
import { IMAGE_MEDIA_TYPES, OUTPUT_IMAGE_MEDIA_TYPES } from "./codec/codec.ts";
import type { ImageMediaType, OutputImageMediaType } from "./codec/format.ts";
import { PICTURE_MODES, type PictureMode } from "./picture.ts";
import type { ReadOptions } from "./picture-codec.ts";
import type { PictureDType, PictureValues } from "./picture-tensor.ts";
import type { ResizeOptions } from "./resize.ts";
import {
  checkOneOf,
  checkResizeOptions,
  checkTensorOptions,
  type PictureTensorOptions,
} from "./tensor-options.ts";

/** About 4096 x 4096: 64 MiB of RGBA. */
const DEFAULT_MAX_PIXELS = 2 ** 24;

/** The options of `image()`. */
export interface ImageOptions {
  /** The colours that handlers receive, whatever those of the file. Default `"RGB"`. */
  readonly mode?: PictureMode;
  /**
   * The size that handlers receive, whatever the size of the file. Large JPEGs are decoded at a
   * smaller scale, which takes a fraction of the time. Default: the size of the file.
   */
  readonly resize?: ResizeOptions;
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

/** The options of `image()` for handlers that receive tensors instead of pictures. */
export interface ImageTensorOptions<D extends PictureDType = PictureDType>
  extends ImageOptions,
    PictureTensorOptions<D> {}

const KEYS: readonly (keyof ImageTensorOptions)[] = [
  "mode",
  "resize",
  "layout",
  "dtype",
  "normalize",
  "mimeType",
  "allowedMimeTypes",
  "maxPixels",
  "orient",
];

/** The options with their defaults. */
export interface CheckedImageOptions {
  readonly read: ReadOptions;
  /** The values of the tensor; `undefined` for a picture. */
  readonly values: PictureValues | undefined;
  readonly mimeType: OutputImageMediaType;
  readonly allowed: readonly ImageMediaType[];
}

/**
 * Returns the options with their defaults; called once, at definition.
 *
 * @throws TypeError or RangeError with the value of an option and what it must be
 */
export function checkImageOptions(options: ImageOptions | ImageTensorOptions): CheckedImageOptions {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options of image() must be an object, but were ${String(options)}`);
  }
  checkOptions("Cannot define an image()", options, KEYS);
  const {
    mode = "RGB",
    resize,
    mimeType = "image/jpeg",
    allowedMimeTypes = IMAGE_MEDIA_TYPES,
    maxPixels = DEFAULT_MAX_PIXELS,
    orient = false,
  } = options;
  checkOneOf("mode of image()", mode, PICTURE_MODES);
  checkOneOf("mimeType of image()", mimeType, OUTPUT_IMAGE_MEDIA_TYPES);
  checkMediaTypes(allowedMimeTypes);
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
  const size = resize && { resize: checkResizeOptions("resize of image()", mode, resize) };
  return {
    read: { mode, maxPixels, orient, ...size },
    values: valuesOf(mode, options),
    mimeType,
    // Copied, so that later changes of the caller's array have no effect.
    allowed: [...allowedMimeTypes],
  };
}

/** Returns the values of the tensor, if the options have its layout. */
function valuesOf(
  mode: PictureMode,
  options: ImageOptions & Partial<PictureTensorOptions>,
): PictureValues | undefined {
  const { layout } = options;
  if (layout !== undefined) return checkTensorOptions("image()", mode, { ...options, layout });
  const needless = (["normalize", "dtype"] as const).find((key) => options[key] !== undefined);
  if (needless === undefined) return undefined;
  throw new TypeError(
    `${needless} of image() is for tensors, which also need a layout, "NCHW" or "NHWC"; without ` +
      "one, the handler receives a picture",
  );
}

function checkMediaTypes(given: readonly ImageMediaType[]): void {
  if (!Array.isArray(given)) {
    throw new TypeError(`allowedMimeTypes of image() must be an array, but was ${String(given)}`);
  }
  if (given.length === 0) {
    throw new RangeError("allowedMimeTypes of image() must have a media type, but was empty");
  }
  for (const type of given) checkOneOf("allowedMimeTypes of image()", type, IMAGE_MEDIA_TYPES);
}
