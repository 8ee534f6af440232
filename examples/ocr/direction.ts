/** The direction in which lines of text run. A box begins with the upper left of its text. */
import type { Corners, Point } from "ekiben";

/** An upright box that is this much higher than wide has a line from the top to the bottom. */
const TALL = 1.5;

/** Returns the box of a line of text, of an upright box. */
export function alongText(box: Corners): Corners {
  const [upperLeft, upperRight, lowerRight, lowerLeft] = box;
  const width = Math.hypot(upperRight[0] - upperLeft[0], upperRight[1] - upperLeft[1]);
  const height = Math.hypot(lowerLeft[0] - upperLeft[0], lowerLeft[1] - upperLeft[1]);
  return height >= TALL * width ? [upperRight, lowerRight, lowerLeft, upperLeft] : box;
}

/** Returns the box of text that is upside down. */
export function turnedOver([upperLeft, upperRight, lowerRight, lowerLeft]: Corners): Corners {
  return [lowerRight, lowerLeft, upperLeft, upperRight];
}

/** Returns the mean direction of lines, of which long ones count more; its length is 1. */
export function directionOf(lines: readonly { readonly box: Corners }[]): Point {
  const right = lines.reduce((sum, { box: [from, to] }) => sum + to[0] - from[0], 0);
  const down = lines.reduce((sum, { box: [from, to] }) => sum + to[1] - from[1], 0);
  const length = Math.hypot(right, down);
  return length === 0 ? [1, 0] : [right / length, down / length];
}

/** Returns true if a line runs against a direction, rather than along or across it. */
export function runsAgainst(
  { box: [from, to] }: { readonly box: Corners },
  [x, y]: Point,
): boolean {
  const along = x * (to[0] - from[0]) + y * (to[1] - from[1]);
  return along < -0.7 * Math.hypot(to[0] - from[0], to[1] - from[1]);
}
