/**
 * Cropping of pictures.
 * @module
 */

import { checkOptions } from "../../check.ts";
import { describe } from "../wording.ts";
import { checkPicture, type Picture } from "./picture.ts";
import type { Box } from "./resample.ts";

const SIDES: readonly (keyof Box)[] = ["left", "top", "right", "bottom"];

/**
 * Returns a part of a picture, or itself if that is all of it. The box is in whole pixels from the
 * upper left corner; `right` and `bottom` are those behind its last column and row.
 *
 * @throws TypeError or RangeError for anything but a picture, and for a box that is empty or is not
 *   inside it
 * @example
 * const face = cropPicture(picture, { left: 40, top: 25, right: 104, bottom: 89 });
 */
export function cropPicture(picture: Picture, box: Box): Picture {
  checkPicture(picture);
  checkBox(picture, box);
  const { width, height, channels } = picture;
  const { left, top, right, bottom } = box;
  const wide = right - left;
  const high = bottom - top;
  if (wide === width && high === height) return picture;
  const data = new Uint8Array(wide * high * channels);
  for (let y = 0; y < high; y += 1) {
    const from = ((top + y) * width + left) * channels;
    const row = picture.data.subarray(from, from + wide * channels);
    data.set(row, y * wide * channels);
  }
  return { width: wide, height: high, channels, data };
}

function checkBox({ width, height }: Picture, box: Box): void {
  checkOptions("Cannot crop a picture", box, SIDES);
  for (const side of SIDES) {
    if (Number.isSafeInteger(box[side])) continue;
    throw new TypeError(
      `${side} of the box of cropPicture() must be a whole number, but was ${describe(box[side])}`,
    );
  }
  const { left, top, right, bottom } = box;
  if (0 <= left && left < right && right <= width && 0 <= top && top < bottom && bottom <= height) {
    return;
  }
  throw new RangeError(
    `The box of cropPicture() must be a part of the ${width} x ${height} pixels, but was from ` +
      `(${left}, ${top}) to (${right}, ${bottom})`,
  );
}
