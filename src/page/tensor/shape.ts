/**
 * Shapes of tensors, and nested arrays.
 * @module
 */

/** Nested arrays of elements, or one element. */
export type Nested = unknown;

/** Returns the shape of nested arrays; undefined if they are ragged. */
export function shapeOf(value: Nested): readonly number[] | undefined {
  if (!Array.isArray(value)) return [];
  if (value.length === 0) return [0];
  const inner = shapeOf(value[0]);
  if (inner === undefined) return undefined;
  for (const each of value) {
    const other = shapeOf(each);
    if (other === undefined || other.join() !== inner.join()) return undefined;
  }
  return [value.length, ...inner];
}

/** Returns the number of elements of a shape. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((count, axis) => count * axis, 1);
}

/** Returns row-major data as nested arrays. */
export function nest(data: ArrayLike<unknown>, shape: readonly number[]): Nested {
  let at = 0;
  const level = (axis: number): Nested => {
    if (axis === shape.length) return data[at++];
    return Array.from({ length: shape[axis] ?? 0 }, () => level(axis + 1));
  };
  return level(0);
}

/** Returns the elements of nested arrays, row-major. */
export function flatten(value: Nested): unknown[] {
  return Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
}

/** Returns a shape with its open axes closed: each -1 is one. */
export function closed(shape: readonly number[]): readonly number[] {
  return shape.map((axis) => (axis < 0 ? 1 : axis));
}

/** Returns a shape as text: `[n, 1, 28, 28]`, with a letter for an open axis. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.map((axis) => (axis < 0 ? "n" : axis)).join(", ")}]`;
}

/** A shape that a picture fits. */
export interface PictureShape {
  readonly layout: "channels first" | "channels last" | "grey";
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  readonly shape: readonly number[];
}

/** The side of a picture where the shape leaves it open. */
const OPEN_SIDE = 224;
const [MIN_SIDE, MAX_SIDE] = [8, 2048];

/**
 * Returns how a picture fits a shape: `[n, 1 or 3, h, w]`, `[n, h, w, 1 or 3]`, the same without
 * `n`, or `[h, w]`; undefined if it does not.
 */
export function pictureShape(shape: readonly number[]): PictureShape | undefined {
  const [first, ...rest] = shape;
  if (shape.length === 4 && first !== undefined && (first === -1 || first === 1)) {
    const inner = pictureShape(rest);
    return inner === undefined ? undefined : { ...inner, shape: [1, ...inner.shape] };
  }
  const found = plan(shape);
  if (found === undefined) return undefined;
  const { layout, channels } = found;
  const [height, width] = [side(found.height), side(found.width)];
  if (height === undefined || width === undefined) return undefined;
  const sides = [height, width];
  const closedShape =
    layout === "grey"
      ? sides
      : layout === "channels first"
        ? [channels, ...sides]
        : [...sides, channels];
  return { layout, channels, height, width, shape: closedShape };
}

interface Plan {
  readonly layout: PictureShape["layout"];
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
}

function plan(shape: readonly number[]): Plan | undefined {
  const [a = 0, b = 0, c = 0] = shape;
  // A matrix with an open axis has rows of features.
  if (shape.length === 2 && (a < 0 || b < 0)) return undefined;
  if (shape.length === 2) return { layout: "grey", channels: 1, height: a, width: b };
  if (shape.length !== 3) return undefined;
  if (isChannels(a)) return { layout: "channels first", channels: a, height: b, width: c };
  if (isChannels(c)) return { layout: "channels last", channels: c, height: a, width: b };
  // A batch of grey pictures without an axis of channels.
  return undefined;
}

function isChannels(axis: number): axis is 1 | 3 {
  return axis === 1 || axis === 3;
}

function side(axis: number): number | undefined {
  if (axis < 0) return OPEN_SIDE;
  return axis >= MIN_SIDE && axis <= MAX_SIDE ? axis : undefined;
}
