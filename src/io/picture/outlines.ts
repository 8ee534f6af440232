/**
 * Drawing of outlines on a picture.
 * @module
 */

import { checkOptions } from "../../check.ts";
import { describe } from "../wording.ts";
import { checkPoints, distance, type Point } from "./geometry.ts";
import { checkPicture, modeOf, type Picture } from "./picture.ts";
import { checkLevels } from "./tensor-options.ts";

/** The options of `drawOutlines()`. */
export interface OutlineOptions {
  /** The levels of the channels, or one for all of them, from 0 to 255. Default: opaque black. */
  readonly color?: number | readonly number[];
  /** The width of the lines in pixels, at least 1. Default 2. */
  readonly lineWidth?: number;
}

/** The levels of opaque black, by the number of channels. */
const BLACK = { 1: [0], 3: [0, 0, 0], 4: [0, 0, 0, 255] } as const;

/** A part of a row, in pixels. */
type Span = readonly [left: number, right: number];

/**
 * Returns a copy of a picture with the outlines of polygons, such as the boxes that a model found.
 * What lies outside of the picture is not drawn.
 *
 * @param polygons the corners of each, at least 2, in pixels from the upper left corner
 * @throws TypeError or RangeError for anything but a picture, for polygons that are none, and for
 *   options that are invalid
 * @example
 * const shown = drawOutlines(picture, boxes, { color: [255, 0, 0], lineWidth: 3 });
 */
export function drawOutlines(
  picture: Picture,
  polygons: readonly (readonly Point[])[],
  options: OutlineOptions = {},
): Picture {
  checkPicture(picture);
  if (!Array.isArray(polygons)) {
    throw new TypeError(
      `The polygons of drawOutlines() must be an array, but were ${describe(polygons)}`,
    );
  }
  checkOptions("Cannot draw outlines", options, ["color", "lineWidth"]);
  const { channels } = picture;
  const { color = BLACK[channels], lineWidth = 2 } = options;
  const levels = checkLevels("color of drawOutlines()", modeOf(picture), color);
  if (!Number.isFinite(lineWidth) || lineWidth < 1) {
    throw new RangeError(
      `lineWidth of drawOutlines() must be a number from 1, but was ${describe(lineWidth)}`,
    );
  }
  const drawn = { ...picture, data: picture.data.slice() };
  const pixel = typeof levels === "number" ? new Array<number>(channels).fill(levels) : levels;
  for (const polygon of polygons) {
    checkPoints("A polygon of drawOutlines()", polygon, 2, Number.POSITIVE_INFINITY);
    for (const [at, corner] of polygon.entries()) {
      drawLine(drawn, corner, polygon[(at + 1) % polygon.length] as Point, lineWidth / 2, pixel);
    }
  }
  return drawn;
}

/** Fills the pixels whose centres are within `reach` of the line between two points. */
function drawLine(
  { width, height, channels, data }: Picture,
  from: Point,
  to: Point,
  reach: number,
  pixel: readonly number[],
): void {
  const top = Math.max(0, Math.floor(Math.min(from[1], to[1]) - reach));
  const bottom = Math.min(height, Math.ceil(Math.max(from[1], to[1]) + reach));
  for (let y = top; y < bottom; y += 1) {
    const span = spanAt(y + 0.5, from, to, reach);
    if (span === undefined) continue;
    const first = Math.max(0, Math.ceil(span[0] - 0.5));
    const end = Math.min(width, Math.floor(span[1] - 0.5) + 1);
    for (let at = (y * width + first) * channels; at < (y * width + end) * channels; ) {
      for (let channel = 0; channel < channels; channel += 1, at += 1) {
        data[at] = pixel[channel] as number;
      }
    }
  }
}

/** Returns the part of a row within `reach` of a line, which has round ends; none if it is far. */
function spanAt(y: number, from: Point, to: Point, reach: number): Span | undefined {
  const spans = [
    acrossDisc(y, from, reach),
    acrossDisc(y, to, reach),
    acrossBand(y, from, to, reach),
  ];
  const crossed = spans.filter((span) => span !== undefined);
  if (crossed.length === 0) return undefined;
  return [
    Math.min(...crossed.map(([left]) => left)),
    Math.max(...crossed.map(([, right]) => right)),
  ];
}

function acrossDisc(y: number, [x, centre]: Point, radius: number): Span | undefined {
  const half = Math.sqrt(radius * radius - (y - centre) ** 2);
  return Number.isNaN(half) ? undefined : [x - half, x + half];
}

/** Returns the part of a row in the rectangle along a line, without its ends. */
function acrossBand(y: number, from: Point, to: Point, reach: number): Span | undefined {
  const length = distance(from, to);
  if (length === 0) return undefined;
  const [right, down] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const below = y - from[1];
  // x * right + below * down is the distance along the line, below * right - x * down that from it.
  const along = between(-below * down, length - below * down, right);
  const beside = between(below * right - reach, below * right + reach, down);
  const left = Math.max(along[0], beside[0]);
  const end = Math.min(along[1], beside[1]);
  return left <= end ? [from[0] + left, from[0] + end] : undefined;
}

/** Returns the numbers whose product with `factor` is from `least` to `most`. */
function between(least: number, most: number, factor: number): Span {
  if (factor !== 0) {
    return factor > 0 ? [least / factor, most / factor] : [most / factor, least / factor];
  }
  const isAny = least <= 0 && 0 <= most;
  return isAny ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] : [1, 0];
}
