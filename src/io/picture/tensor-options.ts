/**
 * The options of a picture's tensor and of its size, checked.
 * @module
 */

import { checkOptions } from "../../check.ts";
import { describe } from "../wording.ts";
import { channelsOf, type PictureMode } from "./picture.ts";
import {
  type Normalization,
  PICTURE_DTYPES,
  PICTURE_LAYOUTS,
  type PictureDType,
  type PictureLayout,
  type PictureValues,
  pictureValues,
} from "./picture-tensor.ts";
import { RESIZE_FILTERS, RESIZE_FITS, type ResizeOptions } from "./resize.ts";

/** The options of a picture's tensor. */
export interface PictureTensorOptions<D extends PictureDType = PictureDType> {
  /** The order of the axes, of which the first is a batch of 1. */
  readonly layout: PictureLayout;
  /** The element type. Default `"float32"`. `"uint8"` has the levels themselves, 0 to 255. */
  readonly dtype?: D;
  /**
   * The values of floats. Default: the levels divided by 255, which are 0 to 1. With `mean` and
   * `std`, those are normalized: `(level / 255 - mean) / std`. `"imagenet"` stands for the mean and
   * the standard deviation of ImageNet's pictures, by which most classifiers were trained. With
   * `false`, values are the levels themselves, 0 to 255.
   */
  readonly normalize?: Normalization | "imagenet" | false;
}

/** The statistics of ImageNet's colours, as torchvision's models have them. */
const IMAGENET: Normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** The greatest width and height of a resized picture: those of a JPEG. */
const MAX_SIDE = 65535;

/**
 * Checks the options of a tensor, and returns its values.
 *
 * @param of the function that has the options, for messages
 * @throws TypeError or RangeError with the value of an option and what it must be
 */
export function checkTensorOptions<D extends PictureDType>(
  of: string,
  mode: PictureMode,
  { layout, dtype = "float32" as D, normalize }: PictureTensorOptions<D>,
): PictureValues<D> {
  checkOneOf(`layout of ${of}`, layout, PICTURE_LAYOUTS);
  checkOneOf(`dtype of ${of}`, dtype, PICTURE_DTYPES);
  if (dtype === "uint8" && normalize !== undefined && normalize !== false) {
    throw new RangeError(
      `normalize of ${of} is for floats, but dtype was uint8, which is 0 to 255`,
    );
  }
  const channels = channelsOf(mode);
  if (normalize === "imagenet" && channels !== 3) {
    throw new RangeError(`normalize "imagenet" of ${of} is for mode RGB, but mode was ${mode}`);
  }
  if (normalize === undefined) return pictureValues(channels, layout, dtype, dtype !== "uint8");
  if (normalize === false) return pictureValues(channels, layout, dtype, false);
  const statistics = normalize === "imagenet" ? IMAGENET : normalize;
  checkStatistics(of, mode, statistics);
  return pictureValues(channels, layout, dtype, statistics);
}

function checkStatistics(of: string, mode: PictureMode, given: unknown): void {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `normalize of ${of} must be { mean, std }, "imagenet" or false, but was ${describe(given)}`,
    );
  }
  checkOptions(`Cannot define normalize of ${of}`, given, ["mean", "std"]);
  const { mean, std } = given as { readonly [K in keyof Normalization]: unknown };
  checkNumbers(`mean of normalize of ${of}`, mode, mean);
  checkNumbers(`std of normalize of ${of}`, mode, std);
  const numbers = [std].flat();
  if (numbers.some((number) => Math.fround(number as number) === 0)) {
    throw new RangeError(`std of normalize of ${of} must not be 0, but was ${numbers.join(", ")}`);
  }
}

/** Checks a number, or an array of one for each channel. */
function checkNumbers(option: string, mode: PictureMode, given: unknown): void {
  const channels = channelsOf(mode);
  const wanted = `a number, or ${channels} for mode ${mode}`;
  const numbers: readonly unknown[] = Array.isArray(given) ? given : [given];
  const bad = numbers.findIndex((number) => typeof number !== "number" || !Number.isFinite(number));
  if (bad !== -1) {
    throw new TypeError(`${option} must be ${wanted}, but had ${describe(numbers[bad])}`);
  }
  if (Array.isArray(given) && given.length !== channels) {
    throw new RangeError(`${option} must be ${wanted}, but had ${given.length}`);
  }
}

/**
 * Checks the options of a size.
 *
 * @param of the option or the function that has them, for messages
 * @returns a copy
 * @throws TypeError or RangeError with the value of an option and what it must be
 */
export function checkResizeOptions(
  of: string,
  mode: PictureMode,
  options: ResizeOptions,
): ResizeOptions {
  const known = ["width", "height", "fit", "filter", "background"];
  checkOptions(`Cannot define ${of}`, options, known);
  const { width, height, fit, filter, background } = options;
  for (const [side, value] of Object.entries({ width, height })) {
    if (Number.isSafeInteger(value) && value >= 1 && value <= MAX_SIDE) continue;
    throw new RangeError(
      `${side} of ${of} must be a whole number from 1 to ${MAX_SIDE}, ` +
        `but was ${describe(value)}`,
    );
  }
  if (fit !== undefined) checkOneOf(`fit of ${of}`, fit, RESIZE_FITS);
  if (filter !== undefined) checkOneOf(`filter of ${of}`, filter, RESIZE_FILTERS);
  if (background === undefined) return { ...options };
  return { ...options, background: checkLevels(`background of ${of}`, mode, background) };
}

/**
 * Checks the levels of a colour: one for each channel, or one for all of them.
 *
 * @param option the option that has them, for messages
 * @returns a copy
 * @throws TypeError or RangeError with what was given and what it must be
 */
export function checkLevels(
  option: string,
  mode: PictureMode,
  given: number | readonly number[],
): number | readonly number[] {
  checkNumbers(option, mode, given);
  const levels = [given].flat();
  if (levels.some((level) => !Number.isInteger(level) || level < 0 || level > 255)) {
    throw new RangeError(
      `${option} must be whole numbers from 0 to 255, but was ${levels.join(", ")}`,
    );
  }
  return levels.length === 1 ? (levels[0] as number) : levels;
}

/** @throws TypeError for anything but a string, RangeError for one that is not known */
export function checkOneOf(option: string, value: unknown, wanted: readonly string[]): void {
  const sentence = `${option} must be one of ${wanted.join(", ")}`;
  if (typeof value !== "string") {
    throw new TypeError(`${sentence}, but was ${describe(value)}`);
  }
  if (!wanted.includes(value)) throw new RangeError(`${sentence}, but was ${value}`);
}
