/**
 * Plausible shapes for open axes, for runs before the first call.
 * @module
 */

import { sizeOf, type TensorSpec } from "../tensor.ts";
import { isOpen } from "./check.ts";

/** A shape for each input, by its name. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** Common lengths of sequences, pictures, and rows of features, the most common first. */
const LENGTHS = [
  ...[8, 16, 32, 64, 4, 3, 2, 1, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 20, 24, 28, 30, 48, 96],
  ...[100, 128, 160, 192, 224, 256, 320, 384, 512, 640, 768, 784, 1024],
];

/**
 * The most elements of one row of inputs that are made up. Making more takes seconds, and a trial
 * holds many copies of them.
 */
export const MAX_MADE_UP: number = 2 ** 23;

/** Returns the number of elements of shapes together. */
export function elementsOf(shapes: Shapes): number {
  return Object.values(shapes).reduce((sum, shape) => sum + sizeOf(shape), 0);
}

/**
 * Yields plausible shapes, the likeliest first, and after the first none that are too large. Axes
 * that hold rows have the length `rows`; every other open axis has one of the common lengths. If
 * the channels of pictures are open too, they are 3 or 1.
 *
 * @param rowAxes the axis that holds the rows, by input
 */
export function* plausibleShapes(
  specs: readonly TensorSpec[],
  rowAxes: Readonly<Record<string, number>>,
  rows: number,
): Generator<Shapes, void, undefined> {
  const shapesFor = (length: number, channels: number): Shapes =>
    Object.fromEntries(
      specs.map(({ name, shape = ["", 4] }) => [
        name,
        shape.map((axis, at) => {
          if (at === rowAxes[name]) return rows;
          if (!isOpen(axis)) return axis;
          return shape.length === 4 && at === 1 ? channels : length;
        }),
      ]),
    );
  const isChosen = specs.some(({ name, shape = ["", 4] }) =>
    shape.some((axis, at) => isOpen(axis) && at !== rowAxes[name]),
  );
  if (!isChosen) return yield shapesFor(1, 1);
  const hasChannels = specs.some(({ shape }) => shape?.length === 4 && isOpen(shape[1] ?? 0));
  let isFirst = true;
  for (const length of LENGTHS) {
    for (const channels of hasChannels ? [3, 1, length] : [length]) {
      const shapes = shapesFor(length, channels);
      if (isFirst || elementsOf(shapes) <= rows * MAX_MADE_UP) yield shapes;
      isFirst = false;
    }
  }
}

/** Returns the first axis of each input where it is open: in most models, it holds the rows. */
export function firstAxes(specs: readonly TensorSpec[]): Readonly<Record<string, number>> {
  const open = specs.filter(({ shape: [first] = [""] }) => first !== undefined && isOpen(first));
  return Object.fromEntries(open.map(({ name }) => [name, 0]));
}
