/**
 * Decodes JPEGs whose chroma has half as many rows as their luma (4:4:0), such as photographs in
 * 4:2:2 that were rotated without loss. libjpeg-turbo, and so Pillow, interpolates the rows of such
 * chroma; mozjpeg repeats them. Here the components are decoded separately and interpolated.
 * @module
 */

import type { Picture } from "../picture.ts";
import type { Frame } from "./jpeg-markers.ts";
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
  const planes = [planeOf(first, 0)];
  for (const index of [1, 2]) {
    const grey = await decode(keepComponents(jpeg, [index], NONE, half));
    planes.push(stretch(planeOf(grey, 0), width, height));
  }
  const [luma, blue, red] = planes as [Uint8Array, Uint8Array, Uint8Array];
  const data = isRgb(jpeg) ? interleave(luma, blue, red) : toRgb(luma, blue, red);
  return { width, height, channels: 3, data };
}

/** Returns true if the components are RGB instead of YCbCr, by libjpeg's rules. */
function isRgb({ jfif, transform, frame }: JpegSegments): boolean {
  if (jfif) return false;
  if (transform !== undefined) return transform === NONE;
  return String.fromCharCode(...frame.components.map(({ id }) => id)) === "RGB";
}

// The indices below are within planes of width * height bytes.

/** Returns one channel of an RGBA picture. */
export function planeOf({ data }: Picture, channel: number): Uint8Array {
  const levels = new Uint8Array(data.length / 4);
  for (let at = 0; at < levels.length; at += 1) levels[at] = data[4 * at + channel] as number;
  return levels;
}

/** Doubles the rows: each is 3/4 of the nearest row and 1/4 of the next nearest. */
function stretch(rows: Uint8Array, width: number, height: number): Uint8Array {
  const last = Math.ceil(height / 2) - 1;
  const stretched = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const near = y >> 1;
    const lower = (y & 1) === 1;
    const far = Math.min(last, Math.max(0, lower ? near + 1 : near - 1));
    const bias = lower ? 2 : 1;
    for (let x = 0; x < width; x += 1) {
      const sum = 3 * (rows[near * width + x] as number) + (rows[far * width + x] as number);
      stretched[y * width + x] = (sum + bias) >> 2;
    }
  }
  return stretched;
}

function interleave(red: Uint8Array, green: Uint8Array, blue: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(red.length * 3);
  for (let at = 0, to = 0; at < red.length; at += 1, to += 3) {
    rgb[to] = red[at] as number;
    rgb[to + 1] = green[at] as number;
    rgb[to + 2] = blue[at] as number;
  }
  return rgb;
}

/** Converts by JFIF's formula, in libjpeg's 16-bit fixed point. */
function toRgb(luma: Uint8Array, blues: Uint8Array, reds: Uint8Array): Uint8Array {
  const rgb = new Uint8ClampedArray(luma.length * 3);
  for (let at = 0, to = 0; at < luma.length; at += 1, to += 3) {
    const level = luma[at] as number;
    const blue = (blues[at] as number) - 128;
    const red = (reds[at] as number) - 128;
    rgb[to] = level + ((91881 * red + 32768) >> 16);
    rgb[to + 1] = level + ((-22554 * blue - 46802 * red + 32768) >> 16);
    rgb[to + 2] = level + ((116130 * blue + 32768) >> 16);
  }
  return new Uint8Array(rgb.buffer);
}
