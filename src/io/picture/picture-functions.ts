/**
 * The public functions on pictures, which do what the options of image() do.
 * @module
 */

import { checkOptions } from "../../check.ts";
import type { Tensor } from "../../tensor.ts";
import { describe } from "../wording.ts";
import { orientPicture as oriented } from "./orientation.ts";
import { checkPicture, modeOf, type Picture } from "./picture.ts";
import { type PictureDType, tensorOfPicture } from "./picture-tensor.ts";
import { type ResizeOptions, resizePicture as resized } from "./resize.ts";
import {
  checkResizeOptions,
  checkTensorOptions,
  type PictureTensorOptions,
} from "./tensor-options.ts";

/**
 * Makes a picture the input of a model: a tensor with a batch axis of 1, whose values are floats
 * from 0 to 1, or normalized, or the levels themselves.
 *
 * @returns [1, channels, height, width] for `NCHW`, [1, height, width, channels] for `NHWC`
 * @throws TypeError or RangeError for anything but a picture, and for options that are invalid
 * @example
 * const pixels = toTensor(picture, { layout: "NCHW", normalize: "imagenet" });
 */
export function toTensor<D extends PictureDType = "float32">(
  picture: Picture,
  options: PictureTensorOptions<D>,
): Tensor<D> {
  checkPicture(picture);
  checkOptions("Cannot make a tensor of a picture", options, ["layout", "dtype", "normalize"]);
  return tensorOfPicture(picture, checkTensorOptions("toTensor()", modeOf(picture), options));
}

/**
 * Returns a picture in another size, or itself if it has that size: the pixels of Pillow's
 * `resize()` (`fill`), `ImageOps.fit()` (`cover`), `ImageOps.pad()` (`contain`) or, of a larger
 * picture, `ImageOps.contain()` (`inside`).
 *
 * @throws TypeError or RangeError for anything but a picture, and for options that are invalid
 * @example
 * const square = resizePicture(picture, { width: 224, height: 224, fit: "cover" });
 */
export function resizePicture(picture: Picture, options: ResizeOptions): Picture {
  checkPicture(picture);
  return resized(picture, checkResizeOptions("resizePicture()", modeOf(picture), options));
}

/**
 * Rotates and mirrors a picture by quarter turns, as viewers do with a file of this orientation.
 * `image({ orient: true })` does so by the tag of each file.
 *
 * @param orientation a value of the EXIF tag Orientation: 1 changes nothing, 2 mirrors left and
 *   right, 3 rotates by 180 degrees, 4 mirrors top and bottom, 5 swaps rows and columns, 6 rotates
 *   by 90 degrees clockwise, 7 mirrors along the other diagonal, 8 rotates by 90 degrees
 *   counter-clockwise
 * @returns a copy, or the picture itself for 1
 * @throws TypeError or RangeError for anything but a picture, and for another orientation
 * @example
 * const turned = orientPicture(picture, 6);
 */
export function orientPicture(picture: Picture, orientation: number): Picture {
  checkPicture(picture);
  if (Number.isInteger(orientation) && orientation >= 1 && orientation <= 8) {
    return oriented(picture, orientation);
  }
  throw new RangeError(
    `The orientation of orientPicture() must be from 1 to 8, but was ${describe(orientation)}`,
  );
}
