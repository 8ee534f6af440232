/**
 * The picture of the components of a JPEG that is decoded at a smaller scale, as in libjpeg.
 * @module
 */

import type { Picture } from "../../picture.ts";
import { doubleRows, interleave, type Plane, toRgb } from "../jpeg-planes.ts";
import type { ScaledComponent } from "./components.ts";

/** Returns the picture of one component, or of three: RGB or YCbCr. */
export function pictureOf(components: readonly ScaledComponent[], isRgb: boolean): Picture {
  const [first, second, third] = components;
  if (first === undefined) throw new Error("it has no components");
  if (second === undefined || third === undefined) return greyOf(first);
  const { width, height } = first;
  const planes = [first.samples, stretched(second, first), stretched(third, first)] as const;
  const data = isRgb ? interleave(planes, first) : toRgb(planes, first);
  return { width, height, channels: 3, data };
}

// The indices below are within the samples of components that are as large as the picture.

function greyOf({ width, height, samples: { data: from, stride } }: ScaledComponent): Picture {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    data.set(from.subarray(y * stride, y * stride + width), y * width);
  }
  return { width, height, channels: 1, data };
}

/** Returns the samples of a component at the size of another, twice as large on a side at most. */
function stretched(chroma: ScaledComponent, luma: ScaledComponent): Plane {
  // At one sample a block, libjpeg repeats samples instead of interpolating them.
  const smooth = luma.size > 1;
  if (chroma.across * chroma.size < luma.across * luma.size) {
    return stretchAcross(chroma, luma, smooth && chroma.width > 2);
  }
  if (chroma.down * chroma.size < luma.down * luma.size) {
    return doubleRows(chroma.samples, chroma.height, luma, smooth);
  }
  return chroma.samples;
}

/** Doubles the columns: each is 3/4 of the nearest column and 1/4 of the next nearest. */
function stretchAcross(
  { width: last, samples: { data: from, stride } }: ScaledComponent,
  { width, height }: ScaledComponent,
  smooth: boolean,
): Plane {
  const data = new Uint8ClampedArray(width * height);
  for (let y = 0; y < height; y += 1) {
    const row = y * stride;
    for (let x = 0; x < width; x += 1) {
      const near = x >> 1;
      const right = x & 1;
      const far = Math.min(last - 1, Math.max(0, near + (smooth ? right * 2 - 1 : 0)));
      const sum = 3 * (from[row + near] as number) + (from[row + far] as number);
      data[y * width + x] = (sum + 1 + right) >> 2;
    }
  }
  return { data, stride: width };
}
