/**
 * Points and boxes on a picture: in pixels from the outer corner of its upper left pixel, to the
 * right and down. The centre of that pixel is (0.5, 0.5).
 * @module
 */

import { describe } from "../wording.ts";

/** A point on a picture, in pixels, which may be fractions. */
export type Point = readonly [x: number, y: number];

/** The corners of a quadrilateral, one after the other around it. */
export type Corners = readonly [Point, Point, Point, Point];

/**
 * Checks that a value is a list of points.
 *
 * @param what the value, for messages
 * @param least the least number of points, and the most if no `most` is given
 * @throws TypeError for anything but points with finite coordinates, and for too few or too many
 */
export function checkPoints(
  what: string,
  value: unknown,
  least: number,
  most: number = least,
): asserts value is readonly Point[] {
  const wanted = `${what} must be ${least === most ? least : `at least ${least}`} points [x, y]`;
  if (!Array.isArray(value)) throw new TypeError(`${wanted}, but was ${describe(value)}`);
  if (value.length < least || value.length > most) {
    throw new TypeError(`${wanted}, but had ${value.length}`);
  }
  const bad = value.findIndex((point) => !isPoint(point));
  if (bad === -1) return;
  throw new TypeError(`${wanted} with finite coordinates, but had ${describe(value[bad])}`);
}

function isPoint(value: unknown): value is Point {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isFinite);
}

/** Returns the distance between two points. */
export function distance(from: Point, to: Point): number {
  return Math.hypot(to[0] - from[0], to[1] - from[1]);
}
