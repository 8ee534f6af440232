/**
 * The areas of text in a map of probabilities: the post-processing of "Real-time Scene Text
 * Detection with Differentiable Binarization" (Liao et al., 2020) with most of PaddleOCR's numbers.
 */
import type { Corners } from "ekiben";
import { cornersOf, growBy, isWithin, type Rectangle, smallestRectangle } from "./rectangle.ts";
import { type PixelMap, regionsAbove } from "./regions.ts";

/** A line of text. */
export interface Area {
  /** From the upper left corner clockwise, in pixels of the map. */
  readonly corners: Corners;
  /** The mean probability, 0 to 1. */
  readonly score: number;
}

/** The probability from which a pixel belongs to a line. */
const PIXEL_THRESHOLD = 0.3;
/** The mean probability from which a region is a line. */
const AREA_THRESHOLD = 0.6;
/** The least height of a region, in pixels. */
const MIN_SIDE = 3;
/**
 * The model is trained to find lines that are shrunk: they grow back by this ratio. PaddleOCR has
 * 1.5; with it, the reader loses more of the spaces between Latin words.
 */
const GROWTH = 2;
/** The most lines of a picture. */
const MAX_AREAS = 1000;

/** Returns the areas of text, in the order of their uppermost pixels. */
export function areasOfText(map: PixelMap): Area[] {
  const areas: Area[] = [];
  for (const outline of regionsAbove(map, PIXEL_THRESHOLD)) {
    const rectangle = smallestRectangle(outline);
    const { width, height } = rectangle;
    if (Math.min(width, height) < MIN_SIDE) continue;
    const score = meanWithin(map, rectangle);
    if (score < AREA_THRESHOLD) continue;
    const margin = (GROWTH * width * height) / (2 * (width + height));
    areas.push({ corners: cornersOf(growBy(rectangle, margin)), score });
    if (areas.length === MAX_AREAS) break;
  }
  return areas;
}

/** Returns the mean of the pixels whose centres are in a rectangle. */
function meanWithin({ width, height, data }: PixelMap, rectangle: Rectangle): number {
  const corners = cornersOf(rectangle);
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const right = Math.min(width, Math.ceil(Math.max(...xs)));
  const bottom = Math.min(height, Math.ceil(Math.max(...ys)));
  let sum = 0;
  let count = 0;
  for (let y = Math.max(0, Math.floor(Math.min(...ys))); y < bottom; y += 1) {
    for (let x = Math.max(0, Math.floor(Math.min(...xs))); x < right; x += 1) {
      if (!isWithin(rectangle, [x + 0.5, y + 0.5])) continue;
      sum += data[y * width + x] ?? 0;
      count += 1;
    }
  }
  return count === 0 ? 0 : sum / count;
}
