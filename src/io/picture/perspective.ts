/**
 * The perspective transform of a square to a quadrilateral.
 * @module
 */

import type { Corners } from "./geometry.ts";

/** The three coefficients of one coordinate: of `across`, of `down`, and a constant. */
type Coefficients = readonly [across: number, down: number, constant: number];

/**
 * Maps a point of the unit square, from (0, 0) at its upper left to (1, 1), to one of the
 * quadrilateral: (x / w, y / w), each linear in the square's coordinates.
 */
export interface PerspectiveMap {
  readonly x: Coefficients;
  readonly y: Coefficients;
  readonly w: Coefficients;
}

/**
 * Returns the map of the unit square to a convex quadrilateral, by Heckbert's closed form
 * ("Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3).
 */
export function perspectiveMap([p0, p1, p2, p3]: Corners): PerspectiveMap {
  const excess = [p0[0] - p1[0] + p2[0] - p3[0], p0[1] - p1[1] + p2[1] - p3[1]] as const;
  const one = [p1[0] - p2[0], p1[1] - p2[1]] as const;
  const two = [p3[0] - p2[0], p3[1] - p2[1]] as const;
  // Not 0 in a convex quadrilateral. Both are 0 in a parallelogram, whose map is affine.
  const area = one[0] * two[1] - two[0] * one[1];
  const g = (excess[0] * two[1] - two[0] * excess[1]) / area;
  const h = (one[0] * excess[1] - excess[0] * one[1]) / area;
  return {
    x: [p1[0] - p0[0] + g * p1[0], p3[0] - p0[0] + h * p3[0], p0[0]],
    y: [p1[1] - p0[1] + g * p1[1], p3[1] - p0[1] + h * p3[1], p0[1]],
    w: [g, h, 1],
  };
}
