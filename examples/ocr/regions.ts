/** The connected regions of a map. */
import type { Point } from "ekiben";

/** One value for each pixel, rows from the top. */
export interface PixelMap {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/**
 * Yields the outline of each region of pixels above a threshold that touch at a side or a corner:
 * the centres of the first and the last of its pixels in each row, from the top.
 */
export function* regionsAbove(
  { width, height, data }: PixelMap,
  threshold: number,
): Generator<Point[], void, undefined> {
  // Pixels that belong to no region yet.
  const isOpen = Uint8Array.from(data, (value) => Number(value > threshold));
  const stack: number[] = [];
  for (let start = isOpen.indexOf(1); start !== -1; start = isOpen.indexOf(1, start)) {
    /** The first and the last column of each row. */
    const rows = new Map<number, [first: number, last: number]>();
    isOpen[start] = 0;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const y = Math.floor(at / width);
      const x = at - y * width;
      const row = rows.get(y);
      if (row === undefined) rows.set(y, [x, x]);
      else if (x < row[0]) row[0] = x;
      else if (x > row[1]) row[1] = x;
      for (let down = Math.max(0, y - 1); down <= Math.min(height - 1, y + 1); down += 1) {
        for (let across = Math.max(0, x - 1); across <= Math.min(width - 1, x + 1); across += 1) {
          const beside = down * width + across;
          if (isOpen[beside] === 0) continue;
          isOpen[beside] = 0;
          stack.push(beside);
        }
      }
    }
    const sorted = [...rows].sort(([one], [other]) => one - other);
    yield sorted.flatMap(([y, [first, last]]): Point[] => [
      [first + 0.5, y + 0.5],
      [last + 0.5, y + 0.5],
    ]);
  }
}
