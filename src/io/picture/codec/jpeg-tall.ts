/**
 * Decodes JPEGs whose chroma has half as many rows as their luma (4:4:0), such as photographs in
 * 4:2:2 that were rotated without loss. libjpeg-turbo, and so Pillow, interpolates the rows of such
 * chroma; mozjpeg repeats them. Here the components are decoded separately and interpolated.
 * @module
 */

import type { Picture } from "../picture.ts";
import type { Frame } from "./jpeg-markers.ts";
import { doubleRows, interleave, type Plane, toRgb } from "./jpeg-planes.ts";
import { type JpegSegments, keepComponents, NONE } from "./jpeg-split.ts";

/** Decodes a file of one or three components to RGBA. */
export type Decode = (file: Uint8Array) => Promise<Picture>;

/** Returns true if luma has twice as many rows as the two chroma components. */
export function isTall({ components, sampling }: Frame): boolean {
  return components === 3 && sampling.join() === [0x12, 0x11, 0x11].join();
}

/** Decodes a file that `isTall()` to RGB. */
export async function decodeTall(jpeg: JpegSegments, decode: Decode): Promise<Picture> {
  const { width, height } = jpeg.frame;
  const half = { width, height: Math.ceil(height / 2) };
  const first = await decode(keepComponents(jpeg, [0, 1, 2], NONE));
  const chroma = async (index: number): Promise<Plane> => {
    const grey = await decode(keepComponents(jpeg, [index], NONE, half));
    const plane = { data: planeOf(grey, 0), stride: width };
    return doubleRows(plane, half.height, jpeg.frame, true);
  };
  const luma = { data: planeOf(first, 0), stride: width };
  const planes = [luma, await chroma(1), await chroma(2)] as const;
  const data = isRgb(jpeg) ? interleave(planes, jpeg.frame) : toRgb(planes, jpeg.frame);
  return { width, height, channels: 3, data };
}

/** Returns true if the components are RGB instead of YCbCr, by libjpeg's rules. */
export function isRgb({ jfif, transform, frame }: JpegSegments): boolean {
  if (jfif) return false;
  if (transform !== undefined) return transform === NONE;
  return String.fromCharCode(...frame.components.map(({ id }) => id)) === "RGB";
}

/** Returns one channel of an RGBA picture. */
export function planeOf({ data }: Picture, channel: number): Uint8Array {
  const levels = new Uint8Array(data.length / 4);
  // The indices are within the picture.
  for (let at = 0; at < levels.length; at += 1) levels[at] = data[4 * at + channel] as number;
  return levels;
}
