/**
 * Cutting a quadrilateral out of a picture, as an upright rectangle.
 * @module
 */

import { checkOptions } from "../../check.ts";
import { describe } from "../wording.ts";
import { type Corners, checkPoints, distance, type Point } from "./geometry.ts";
import { type PerspectiveMap, perspectiveMap } from "./perspective.ts";
import { checkPicture, type Picture } from "./picture.ts";
import type { ResizeFilter } from "./resample.ts";
import { type Sampler, samplerOf } from "./sampler.ts";
import { checkOneOf } from "./tensor-options.ts";

/** The options of `straightenPicture()`. */
export interface StraightenOptions {
  /** In pixels, at least 1. Default: the longer of the upper and the lower edge. */
  readonly width?: number;
  /** In pixels, at least 1. Default: the longer of the left and the right edge. */
  readonly height?: number;
  /** Default `"bicubic"`. */
  readonly filter?: Exclude<ResizeFilter, "lanczos">;
}

/** The filters of sampling between pixels. */
const FILTERS = ["bilinear", "bicubic"] as const;

/** The most pixels of a result: 256 MiB with alpha. */
const MAX_PIXELS = 2 ** 26;

/**
 * Cuts a quadrilateral out of a picture and makes it an upright rectangle, by a perspective
 * transform: such as a line of text that was rotated, or a page that was photographed at an angle.
 * What lies outside of the picture has the colours of its nearest edge.
 *
 * A result that is smaller than the quadrilateral skips pixels. For a much smaller one, cut in the
 * default size, and use `resizePicture()`, whose filters widen when they shrink.
 *
 * @param corners those that become the upper left, the upper right, the lower right and the lower
 *   left one, in pixels from the upper left corner of the picture; beginning with another corner
 *   turns the result by 90 degrees
 * @throws TypeError or RangeError for anything but a picture, for corners that are not those of a
 *   convex quadrilateral, and for options that are invalid
 * @example
 * const line = straightenPicture(picture, [[12, 40], [310, 22], [313, 60], [14, 78]]);
 */
export function straightenPicture(
  picture: Picture,
  corners: Corners,
  options: StraightenOptions = {},
): Picture {
  checkPicture(picture);
  checkPoints("The corners of straightenPicture()", corners, 4);
  checkConvex(corners);
  checkOptions("Cannot straighten a picture", options, ["width", "height", "filter"]);
  const [upperLeft, upperRight, lowerRight, lowerLeft] = corners;
  const {
    width = longer(distance(upperLeft, upperRight), distance(lowerLeft, lowerRight)),
    height = longer(distance(upperLeft, lowerLeft), distance(upperRight, lowerRight)),
    filter = "bicubic",
  } = options;
  checkOneOf("filter of straightenPicture()", filter, FILTERS);
  checkSize(width, height);
  return sampled(samplerOf(picture, filter), perspectiveMap(corners), width, height);
}

function longer(one: number, other: number): number {
  return Math.max(1, Math.round(Math.max(one, other)));
}

/** Samples the picture at the source of each pixel's centre. */
function sampled(
  { channels, write }: Sampler,
  map: PerspectiveMap,
  width: number,
  height: number,
): Picture {
  const data = new Uint8ClampedArray(width * height * channels);
  for (let y = 0, to = 0; y < height; y += 1) {
    const down = (y + 0.5) / height;
    for (let x = 0; x < width; x += 1, to += channels) {
      const across = (x + 0.5) / width;
      const share = 1 / (map.w[0] * across + map.w[1] * down + map.w[2]);
      write(
        (map.x[0] * across + map.x[1] * down + map.x[2]) * share,
        (map.y[0] * across + map.y[1] * down + map.y[2]) * share,
        data,
        to,
      );
    }
  }
  return { width, height, channels, data: new Uint8Array(data.buffer) };
}

/** Requires that all corners turn the same way. */
function checkConvex(corners: Corners): void {
  const turns = corners.map((corner, at) => {
    const next = corners[(at + 1) % 4] as Point;
    const last = corners[(at + 2) % 4] as Point;
    return Math.sign(
      (next[0] - corner[0]) * (last[1] - next[1]) - (next[1] - corner[1]) * (last[0] - next[0]),
    );
  });
  if (turns[0] !== 0 && turns.every((turn) => turn === turns[0])) return;
  throw new RangeError(
    "The corners of straightenPicture() must be those of a convex quadrilateral, in order around " +
      `it, but were ${corners.map(([x, y]) => `(${x}, ${y})`).join(", ")}`,
  );
}

function checkSize(width: number, height: number): void {
  for (const [side, value] of Object.entries({ width, height })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new RangeError(
      `${side} of straightenPicture() must be a whole number from 1, but was ${describe(value)}`,
    );
  }
  if (width * height <= MAX_PIXELS) return;
  throw new RangeError(
    `straightenPicture() makes at most ${MAX_PIXELS} pixels, but ${width} x ${height} were wanted`,
  );
}
