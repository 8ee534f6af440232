/** Rotated rectangles. */
import type { Corners, Point } from "ekiben";

/** A rectangle that may be rotated. */
export interface Rectangle {
  readonly centre: Point;
  /** The direction of its upper edge, of length 1: at most 45 degrees from that to the right. */
  readonly across: Point;
  /** The length of its upper edge. */
  readonly width: number;
  readonly height: number;
}

/** Returns the corners, from the upper left one clockwise. */
export function cornersOf({ centre, across: [x, y], width, height }: Rectangle): Corners {
  const corner = (right: number, down: number): Point => [
    centre[0] + (x * right * width - y * down * height) / 2,
    centre[1] + (y * right * width + x * down * height) / 2,
  ];
  return [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)];
}

/** Returns a rectangle that is larger by a margin on each side. */
export function growBy({ width, height, ...rest }: Rectangle, margin: number): Rectangle {
  return { ...rest, width: width + 2 * margin, height: height + 2 * margin };
}

/** Returns true for a point inside or on the edge. */
export function isWithin({ centre, across: [x, y], width, height }: Rectangle, point: Point) {
  const right = point[0] - centre[0];
  const down = point[1] - centre[1];
  return (
    Math.abs(x * right + y * down) <= width / 2 && Math.abs(x * down - y * right) <= height / 2
  );
}

/**
 * Returns the rectangle of the smallest area around some points. One of its sides lies on a side of
 * their convex hull.
 *
 * @param points sorted by y and then by x
 */
export function smallestRectangle(points: readonly Point[]): Rectangle {
  const hull = convexHull(points);
  let smallest: Rectangle | undefined;
  for (const [at, from] of hull.entries()) {
    const rectangle = rectangleAround(
      hull,
      directionOf(from, hull[(at + 1) % hull.length] ?? from),
    );
    if (smallest === undefined || areaOf(rectangle) < areaOf(smallest)) smallest = rectangle;
  }
  return smallest ?? { centre: [0, 0], across: [1, 0], width: 0, height: 0 };
}

function areaOf({ width, height }: Rectangle): number {
  return width * height;
}

/** Returns that direction of a side, or of those at right angles, that is nearest to the right. */
function directionOf(from: Point, to: Point): Point {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (length === 0) return [1, 0];
  const [x, y] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  if (Math.abs(x) >= Math.abs(y)) return x > 0 ? [x, y] : [-x, -y];
  return y > 0 ? [y, -x] : [-y, x];
}

/** Returns the smallest rectangle of a direction. */
function rectangleAround(points: readonly Point[], across: Point): Rectangle {
  const [x, y] = across;
  const right = points.map((point) => x * point[0] + y * point[1]);
  const down = points.map((point) => x * point[1] - y * point[0]);
  const [left, end] = [Math.min(...right), Math.max(...right)];
  const [top, bottom] = [Math.min(...down), Math.max(...down)];
  const [middle, centre] = [(left + end) / 2, (top + bottom) / 2];
  return {
    centre: [x * middle - y * centre, y * middle + x * centre],
    across,
    width: end - left,
    height: bottom - top,
  };
}

/** Returns the corners of the convex hull, by Andrew's monotone chain. */
function convexHull(points: readonly Point[]): Point[] {
  const half = (sorted: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of sorted) {
      while (chain.length >= 2 && !isLeftTurn(chain.at(-2), chain.at(-1), point)) chain.pop();
      chain.push(point);
    }
    return chain;
  };
  const [one, other] = [half(points), half(points.toReversed())];
  return points.length < 2 ? [...points] : [...one.slice(0, -1), ...other.slice(0, -1)];
}

function isLeftTurn(from: Point = [0, 0], over: Point = [0, 0], to: Point = [0, 0]): boolean {
  return (over[0] - from[0]) * (to[1] - over[1]) - (over[1] - from[1]) * (to[0] - over[0]) > 0;
}
