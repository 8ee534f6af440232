/**
 * Letterboxes: a whole picture between bars, and the way back from points in it to the picture.
 * @module
 */

import { checkOptions } from "../../check.ts";
import { checkPoints, type Point } from "./geometry.ts";
import { checkPicture, modeOf, type Picture } from "./picture.ts";
import { type ResizeOptions, resizePicture, shownArea } from "./resize.ts";
import { checkResizeOptions } from "./tensor-options.ts";

/** A picture in a letterbox, and where it is. */
export interface Letterbox {
  /** The letterbox itself, in exactly the size that was wanted. */
  readonly picture: Picture;
  /** The first column of the picture, in pixels of the letterbox. */
  readonly left: number;
  /** The first row of the picture. */
  readonly top: number;
  /** The pixels of the letterbox for one of the picture across. Whole pixels make them differ. */
  readonly scaleX: number;
  /** The pixels of the letterbox for one of the picture down. */
  readonly scaleY: number;
}

/** The options of `letterbox()`: those of `resizePicture()`, but for `fit`. */
export type LetterboxOptions = Omit<ResizeOptions, "fit">;

/**
 * Puts a whole picture into a size between bars, as `resizePicture()` with `fit: "contain"` does,
 * and keeps where it is, so that what a model finds in it can be shown on the picture.
 *
 * @throws TypeError or RangeError for anything but a picture, and for options that are invalid
 * @example
 * const boxed = letterbox(picture, { width: 640, height: 640, background: 114 });
 * const found = await detector.find(toTensor(boxed.picture, { layout: "NCHW" }), context);
 * const corners = found.map((point) => fromLetterbox(boxed, point));
 */
export function letterbox(picture: Picture, options: LetterboxOptions): Letterbox {
  checkPicture(picture);
  checkOptions("Cannot letterbox a picture", options, ["width", "height", "filter", "background"]);
  const given = { ...options, fit: "contain" } as const;
  const checked = checkResizeOptions("letterbox()", modeOf(picture), given);
  const { left, top, width, height } = shownArea(picture, checked);
  return {
    picture: resizePicture(picture, checked),
    left,
    top,
    scaleX: width / picture.width,
    scaleY: height / picture.height,
  };
}

/**
 * Returns the point of the picture that a point of its letterbox shows, both in pixels. A point in
 * the bars is one outside of the picture.
 *
 * @throws TypeError for anything but a point
 */
export function fromLetterbox(
  { left, top, scaleX, scaleY }: Omit<Letterbox, "picture">,
  point: Point,
): Point {
  checkPoints("The point of fromLetterbox()", [point], 1);
  return [(point[0] - left) / scaleX, (point[1] - top) / scaleY];
}
