/**
 * The rows of an argument of a batched method, which is a tensor (rows along one axis), a record of
 * tensors with equally many rows, or an array (an item is a row).
 * @module
 */

import { invalidArgument } from "../../error.ts";
import { formatShape, isTensor, type Tensor } from "../../tensor.ts";
import type { OpenAxis, Padding } from "./padding.ts";

/** The properties of an argument that decide what it is joined with. */
export interface Shape {
  readonly rows: number;
  /** Arguments of one key can be joined: the same dtypes, names and axes, but for open ones. */
  readonly key: string;
}

/**
 * The axis that holds the rows: of every tensor or, in a record of tensors, of each by its name. A
 * tensor whose name is missing carries no rows: only calls in which it is equal are joined.
 */
export type RowAxis = number | Readonly<Record<string, number>>;

/**
 * Counts the rows of an argument, and names what it can be joined with.
 *
 * @param padding the axes that are padded, so that they need not be of one length
 * @param keyOf the key of a tensor that carries no rows
 * @throws TypeError for any other value; ServiceError `invalid_argument` for a tensor without
 *   the axis, records whose tensors differ in rows, or tensors that cannot be padded
 */
export function shapeOf(
  value: unknown,
  axis: RowAxis,
  padding?: Padding,
  keyOf: (tensor: Tensor) => string = contentKey,
): Shape {
  padding?.lengthsOf(value); // which checks them
  if (Array.isArray(value)) return { rows: value.length, key: "array" };
  if (isTensor(value)) {
    const padded = padding?.input.get("")?.axes;
    return shapeOfTensor("The tensor", value, axisOf(axis, "") ?? 0, padded);
  }
  if (!isRecord(value)) {
    throw new TypeError(
      "A batched method takes a tensor, a record of tensors or an array, " +
        `but was given ${value === null ? "null" : typeof value}`,
    );
  }
  const tensors = Object.entries(value).map(([name, tensor]) => {
    const own = axisOf(axis, name);
    return { name, tensor, own };
  });
  const shapes = tensors.flatMap(({ name, tensor, own }) => {
    if (own === undefined) return [];
    const padded = padding?.input.get(name)?.axes;
    return [[name, shapeOfTensor(`"${name}"`, tensor, own, padded)] as const];
  });
  const [first] = shapes;
  const other = shapes.find(([, { rows }]) => rows !== first?.[1].rows);
  if (first !== undefined && other !== undefined) {
    throw invalidArgument(
      `All tensors of a call must have as many rows, but "${first[0]}" has ${first[1].rows} and ` +
        `"${other[0]}" has ${other[1].rows}`,
    );
  }
  const key = [
    ...shapes.map(([name, shape]) => `${name}:${shape.key}`),
    ...tensors.flatMap(({ name, tensor, own }) =>
      own === undefined ? [`${name}=${keyOf(tensor)}`] : [],
    ),
  ].sort();
  return { rows: first?.[1].rows ?? 0, key: key.join(";") };
}

/** Returns the axis of a tensor by its name; `undefined` if it carries no rows. */
export function axisOf(axis: RowAxis, name: string): number | undefined {
  if (typeof axis === "number") return axis;
  return Object.hasOwn(axis, name) ? axis[name] : undefined;
}

/** The largest tensor without rows that is compared: a call with a larger one is not joined. */
const MAX_COMPARED_BYTES = 1_024;
let incomparable = 0;

/** Returns a key that only equal tensors share. */
function contentKey({ dtype, shape, data }: Tensor): string {
  const content = Array.isArray(data)
    ? JSON.stringify(data)
    : data.byteLength > MAX_COMPARED_BYTES
      ? undefined
      : String.fromCharCode(...new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (content === undefined || content.length > 2 * MAX_COMPARED_BYTES) {
    incomparable += 1;
    return `#${incomparable}`;
  }
  return `${dtype}${formatShape(shape)}${content}`;
}

/** Returns true for a record of tensors. */
export function isRecord(value: unknown): value is Readonly<Record<string, Tensor>> {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  return Object.values(value).every(isTensor);
}

const NONE: readonly OpenAxis[] = [];

function shapeOfTensor(
  what: string,
  { dtype, shape }: Tensor,
  axis: number,
  padded: readonly OpenAxis[] = NONE,
): Shape {
  const rows = shape[axis];
  if (rows === undefined) {
    throw invalidArgument(
      `${what} has no axis ${axis} to hold its rows: its shape is ${formatShape(shape)}`,
    );
  }
  const open = shape.with(axis, -1);
  for (const { axis: own } of padded) open[own] = -1;
  return { rows, key: `${dtype}${formatShape(open)}` };
}
