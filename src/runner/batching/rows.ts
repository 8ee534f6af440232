/**
 * Rows: how the arguments of batched calls are joined, and the results cut apart again.
 *
 * What batches is a tensor (rows along one axis), a record of tensors with equally many rows, or
 * an array (an item a row).
 * @module
 */

import { invalidArgument } from "../../error.ts";
import { concat, formatShape, isTensor, slice, type Tensor } from "../../tensor.ts";

/** What can be joined. */
export type Batchable = Tensor | Readonly<Record<string, Tensor>> | readonly unknown[];

/** What the scheduler needs to know of an argument. */
export interface Shape {
  readonly rows: number;
  /** Arguments of one key can be joined: the same dtypes, names and other axes. */
  readonly key: string;
}

/**
 * The axis that holds the rows: of every tensor or, for a record of tensors, of each by its name. A
 * tensor that is not named carries no rows: only calls in which it is equal are joined.
 */
export type RowAxis = number | Readonly<Record<string, number>>;

/**
 * How many rows an argument has, and what it can be joined with.
 *
 * @param keyOf the key of a tensor that carries no rows
 * @throws TypeError for what does not batch; ServiceError `invalid_argument` for a tensor without
 *   the axis, or records whose tensors differ in rows
 */
export function shapeOf(
  value: unknown,
  axis: RowAxis,
  keyOf: (tensor: Tensor) => string = contentKey,
): Shape {
  if (Array.isArray(value)) return { rows: value.length, key: "array" };
  if (isTensor(value)) return shapeOfTensor("The tensor", value, axisOf(axis, "") ?? 0);
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
  const shapes = tensors.flatMap(({ name, tensor, own }) =>
    own === undefined ? [] : [[name, shapeOfTensor(`"${name}"`, tensor, own)] as const],
  );
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

function axisOf(axis: RowAxis, name: string): number | undefined {
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

function isRecord(value: unknown): value is Readonly<Record<string, Tensor>> {
  return typeof value === "object" && value !== null && Object.values(value).every(isTensor);
}

function shapeOfTensor(what: string, { dtype, shape }: Tensor, axis: number): Shape {
  const rows = shape[axis];
  if (rows === undefined) {
    throw invalidArgument(
      `${what} has no axis ${axis} to hold its rows: its shape is ${formatShape(shape)}`,
    );
  }
  return { rows, key: `${dtype}${formatShape(shape.with(axis, -1))}` };
}

/**
 * Compares the answers of the parts of a call, which has so many rows.
 *
 * @returns why they cannot be joined; `undefined` where they can
 */
export function mismatchOf(
  answers: readonly unknown[],
  wanted: number,
  axis: RowAxis,
): string | undefined {
  const typeOf = ({ dtype, shape }: Tensor): string => `${dtype}${formatShape(shape)}`;
  const shapes = answers.map((answer) => shapeOf(answer, axis, typeOf));
  const keys = new Set(shapes.map(({ key }) => key));
  const rows = shapes.reduce((sum, shape) => sum + shape.rows, 0);
  if (keys.size > 1 || rows !== wanted) return [...keys].join(" and ");
  const [first, ...others] = answers.map((answer) => withoutRows(answer, axis));
  const differs = first?.find(([, { data }], at) =>
    others.some((other) => !isSameData(data, other[at]?.[1].data ?? [])),
  );
  return differs && `"${differs[0]}", which has no rows, differs between them`;
}

/** The tensors of a value that carry no rows, by their names. */
function withoutRows(value: unknown, axis: RowAxis): readonly [string, Tensor][] {
  if (Array.isArray(value) || isTensor(value) || !isRecord(value)) return [];
  const names = Object.keys(value).filter((name) => axisOf(axis, name) === undefined);
  return names.sort().map((name) => [name, value[name] as Tensor]);
}

function isSameData(one: Tensor["data"], other: ArrayLike<unknown>): boolean {
  for (let at = 0; at < one.length; at++) if (!Object.is(one[at], other[at])) return false;
  return one.length === other.length;
}

/** Joins arguments of one key, first come first; a single one stays as it is. */
export function joinRows(values: readonly unknown[], axis: RowAxis): unknown {
  const [first] = values;
  if (values.length === 1) return first;
  if (Array.isArray(first)) return (values as readonly unknown[][]).flat(1);
  if (isTensor(first)) return concat(values as readonly Tensor[], axisOf(axis, "") ?? 0);
  const records = values as readonly Readonly<Record<string, Tensor>>[];
  return Object.fromEntries(
    Object.entries(first as Readonly<Record<string, Tensor>>).map(([name, tensor]) => {
      const own = axisOf(axis, name);
      if (own === undefined) return [name, tensor]; // of one key, so equal in all
      return [
        name,
        concat(
          records.map((record) => record[name] as Tensor), // of one key, so of the same names
          own,
        ),
      ];
    }),
  );
}

/**
 * Cuts a value into parts of so many rows each; every part is a copy that its owner may change.
 *
 * @throws TypeError when the value has other rows than the counts add up to: a method that is
 *   batched must answer each row
 */
export function cutRows(value: unknown, counts: readonly number[], axis: RowAxis): unknown[] {
  // The rows of a model's answer may depend on the input; alone, any answer belongs to the call.
  if (counts.length === 1 && typeof axis !== "number") return [value];
  const wanted = counts.reduce((sum, count) => sum + count, 0);
  const { rows } = shapeOf(value, axis);
  if (rows !== wanted) {
    throw new TypeError(
      `A batched method must answer as many rows as it is given: it was given ${wanted}, ` +
        `but answered ${rows}`,
    );
  }
  let begin = 0;
  return counts.map((count) => {
    begin += count;
    return sliceRows(value, begin - count, count, axis);
  });
}

/**
 * Copies some rows of a value; the value itself where these are all that it has. A tensor that
 * carries no rows is copied whole.
 */
export function sliceRows(value: unknown, begin: number, count: number, axis: RowAxis): unknown {
  if (Array.isArray(value)) {
    return count === value.length ? value : value.slice(begin, begin + count);
  }
  if (isTensor(value)) return sliceTensor(value, begin, count, axisOf(axis, "") ?? 0);
  const tensors = Object.entries(value as Readonly<Record<string, Tensor>>);
  return Object.fromEntries(
    tensors.map(([name, tensor]) => {
      const own = axisOf(axis, name);
      return [name, own === undefined ? copyOf(tensor) : sliceTensor(tensor, begin, count, own)];
    }),
  );
}

function sliceTensor(tensor: Tensor, begin: number, count: number, axis: number): Tensor {
  return count === tensor.shape[axis] ? tensor : slice(tensor, begin, count, axis);
}

function copyOf(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() as Tensor["data"] };
}
