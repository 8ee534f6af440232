/**
 * The components of a JPEG to pixels: interpolation of rows of chroma, and RGB, as in libjpeg.
 * @module
 */

import type { Size } from "./format.ts";

/** The samples of a component, in rows. */
export interface Plane {
  readonly data: Uint8Array | Uint8ClampedArray;
  /** The samples from one row to the next. */
  readonly stride: number;
}

/** Three components: red, green and blue, or luma, blue and red chroma. */
export type Planes = readonly [Plane, Plane, Plane];

// The indices below are within planes that are at least as large as the picture.

/** Returns RGB of planes that are red, green and blue. */
export function interleave(planes: Planes, { width, height }: Size): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  for (const [channel, { data, stride }] of planes.entries()) {
    for (let y = 0, to = channel; y < height; y += 1) {
      for (let from = y * stride; from < y * stride + width; from += 1, to += 3) {
        rgb[to] = data[from] as number;
      }
    }
  }
  return rgb;
}

/** Converts YCbCr by JFIF's formula, in libjpeg's 16-bit fixed point. */
export function toRgb([luma, blues, reds]: Planes, { width, height }: Size): Uint8Array {
  const rgb = new Uint8ClampedArray(width * height * 3);
  let to = 0;
  for (let y = 0; y < height; y += 1) {
    const lumaRow = y * luma.stride;
    const blueRow = y * blues.stride;
    const redRow = y * reds.stride;
    for (let x = 0; x < width; x += 1, to += 3) {
      const level = luma.data[lumaRow + x] as number;
      const blue = (blues.data[blueRow + x] as number) - 128;
      const red = (reds.data[redRow + x] as number) - 128;
      rgb[to] = level + ((91881 * red + 32768) >> 16);
      rgb[to + 1] = level + ((-22554 * blue - 46802 * red + 32768) >> 16);
      rgb[to + 2] = level + ((116130 * blue + 32768) >> 16);
    }
  }
  return new Uint8Array(rgb.buffer);
}

/**
 * Doubles rows: each is 3/4 of the nearest row and 1/4 of the next nearest.
 *
 * @param rows the number of rows of the plane
 * @param size that of the picture
 * @param smooth false to repeat the rows instead
 */
export function doubleRows(
  { data: from, stride }: Plane,
  rows: number,
  { width, height }: Size,
  smooth: boolean,
): Plane {
  const data = new Uint8ClampedArray(width * height);
  for (let y = 0; y < height; y += 1) {
    const near = y >> 1;
    const lower = y & 1;
    const far = Math.min(rows - 1, Math.max(0, near + (smooth ? lower * 2 - 1 : 0)));
    for (let x = 0; x < width; x += 1) {
      const sum = 3 * (from[near * stride + x] as number) + (from[far * stride + x] as number);
      data[y * width + x] = (sum + 1 + lower) >> 2;
    }
  }
  return { data, stride: width };
}
