/**
 * Rotation and mirroring of a picture by its orientation tag.
 * @module
 */

import type { Picture } from "./picture.ts";

/**
 * The source of the pixels of an oriented picture: with `swap`, its rows are the file's columns;
 * with `flipX` and `flipY`, the file's columns and rows are reversed.
 */
interface Turn {
  readonly swap: boolean;
  readonly flipX: boolean;
  readonly flipY: boolean;
}

/** The values of the EXIF tag Orientation (CIPA DC-008, section 4.6.5), except 1: unchanged. */
const TURNS: ReadonlyMap<number, Turn> = new Map([
  [2, { swap: false, flipX: true, flipY: false }],
  [3, { swap: false, flipX: true, flipY: true }],
  [4, { swap: false, flipX: false, flipY: true }],
  [5, { swap: true, flipX: false, flipY: false }],
  [6, { swap: true, flipX: false, flipY: true }],
  [7, { swap: true, flipX: true, flipY: true }],
  [8, { swap: true, flipX: true, flipY: false }],
]);

/** Returns true if the width of a picture with this orientation is the height of its file. */
export function swapsSides(orientation: number): boolean {
  return TURNS.get(orientation)?.swap ?? false;
}

/**
 * Returns the picture upright, as viewers show a file with this orientation. Values other than 2 to
 * 8 have no effect.
 */
export function orientPicture(picture: Picture, orientation: number): Picture {
  const turn = TURNS.get(orientation);
  if (turn === undefined) return picture;
  const { width, height, channels, data: source } = picture;
  const [wide, high] = turn.swap ? [height, width] : [width, height];
  // The step in the file for one pixel to the right, and for one row down, of the result.
  const across = (turn.flipX ? -1 : 1) * channels;
  const down = (turn.flipY ? -1 : 1) * width * channels;
  const [stepX, stepY] = turn.swap ? [down, across] : [across, down];
  let row =
    (turn.flipX ? (width - 1) * channels : 0) + (turn.flipY ? (height - 1) * width * channels : 0);
  const data = new Uint8Array(source.length);
  for (let y = 0, to = 0; y < high; y += 1, row += stepY) {
    for (let x = 0, from = row; x < wide; x += 1, from += stepX) {
      // `from` and `to` stay inside width * height * channels bytes.
      for (let channel = 0; channel < channels; channel += 1) {
        data[to] = source[from + channel] as number;
        to += 1;
      }
    }
  }
  return { width: wide, height: high, channels, data };
}
