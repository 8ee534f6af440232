/** The order in which lines of text are read. */
import type { Corners } from "ekiben";
import { directionOf } from "./direction.ts";

/** A line in the frame of the text, in which lines run to the right. */
interface Placed<L> {
  readonly line: L;
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/** Returns lines from the top to the bottom, and those beside each other from left to right. */
export function inReadingOrder<L extends { readonly box: Corners }>(lines: readonly L[]): L[] {
  const [right, down] = directionOf(lines);
  const placed = lines.map((line): Placed<L> => {
    const [from, , to, below] = line.box;
    const [x, y] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
    const height = Math.hypot(below[0] - from[0], below[1] - from[1]);
    return { line, x: right * x + down * y, y: right * y - down * x, height };
  });
  placed.sort((one, other) => one.y - other.y);
  const rows: Placed<L>[][] = [];
  for (const each of placed) {
    const row = rows.at(-1) ?? [];
    const [first] = row;
    if (first !== undefined && each.y - first.y < Math.min(first.height, each.height) / 2) {
      row.push(each);
    } else {
      rows.push([each]);
    }
  }
  return rows.flatMap((row) => row.sort((one, other) => one.x - other.x)).map(({ line }) => line);
}
