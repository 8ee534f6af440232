/**
 * Tensor: a row-major typed array with a dtype and a shape.
 * @module
 */

/** The name of an element type, as NumPy and ONNX Runtime spell it. */
export type DType =
  | "float16"
  | "float32"
  | "float64"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "bool"
  | "string";

/** The typed array (or, for strings, the array) that holds the elements of each dtype. */
export interface TensorData extends Record<DType, unknown> {
  float16: Float16Array;
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  /** One byte an element, 0 or 1. */
  bool: Uint8Array;
  string: string[];
}

/**
 * Elements in row-major order (C order: the last axis varies fastest).
 *
 * @typeParam D the element type
 */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  /** The length of each axis; `[]` is a scalar with one element. */
  readonly shape: readonly number[];
  /** `product(shape)` elements. */
  readonly data: TensorData[D];
}

/** The specification of a tensor that a model or a method takes or returns. */
export interface TensorSpec {
  readonly name: string;
  /** `undefined` for an element type that no tensor here can hold. */
  readonly dtype: DType | undefined;
  /**
   * The length of each axis; a name (or `""`) where it is open. `undefined` where no shape is
   * known: a tensor of any rank fits.
   */
  readonly shape: readonly (number | string)[] | undefined;
}

/** The constructor of the data of each dtype. */
const ARRAYS = {
  float16: Float16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  string: Array<string>,
} as const;

/** All dtypes; bundles that do not use the list leave it out. */
export const DTYPES = /* @__PURE__ */ Object.keys(ARRAYS) as readonly DType[];

/** Returns true for the name of a dtype. */
export function isDType(value: unknown): value is DType {
  return typeof value === "string" && Object.hasOwn(ARRAYS, value);
}

/** Returns the number of elements of a shape; 1 for `[]`, the shape of a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Formats a shape for messages, as `[1, 28, 28]`. */
export function formatShape(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}

/** Allocates `length` elements: zeros, or empty strings. */
export function allocate<D extends DType>(dtype: D, length: number): TensorData[D] {
  const data =
    dtype === "string"
      ? new Array<string>(length).fill("")
      : new ARRAYS[dtype as Exclude<DType, "string">](length);
  // The table pairs each dtype with its own array; TypeScript cannot follow that through `new`.
  return data as TensorData[D];
}

/** Returns the elements from `begin` to `end`: a view on the same memory, but a copy of strings. */
export function elements<D extends DType>(
  data: TensorData[D],
  begin: number,
  end: number,
): TensorData[D] {
  const part = Array.isArray(data) ? data.slice(begin, end) : data.subarray(begin, end);
  return part as TensorData[D];
}

/**
 * Creates a tensor and checks it.
 *
 * @param dtype the element type
 * @param shape the length of each axis
 * @param data `product(shape)` elements, row-major. Default: zeros
 * @throws RangeError for a shape that is not of whole numbers, or data of another length
 * @throws TypeError for data of another type
 *
 * @example
 * const pixels = tensor("float32", [1, 1, 28, 28]);
 */
export function tensor<const D extends DType>(
  dtype: D,
  shape: readonly number[],
  data?: TensorData[D],
): Tensor<D> {
  const size = checkedSize(shape);
  if (data === undefined) return { dtype, shape: [...shape], data: allocate(dtype, size) };
  if (!(data instanceof ARRAYS[dtype])) {
    throw new TypeError(
      `Cannot make a ${dtype} tensor: its data must be a ${ARRAYS[dtype].name}, ` +
        `but was ${Object.prototype.toString.call(data).slice(8, -1)}`,
    );
  }
  if (data.length !== size) {
    throw new RangeError(
      `Cannot make a tensor of shape ${formatShape(shape)}: it needs ${size} elements, ` +
        `but was given ${data.length}`,
    );
  }
  return { dtype, shape: [...shape], data };
}

function checkedSize(shape: readonly number[]): number {
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    throw new RangeError(
      `Cannot make a tensor of shape ${formatShape(shape)}: every axis must be a whole number ` +
        "from 0 up",
    );
  }
  return sizeOf(shape);
}

/** Returns true for a value with the properties of a tensor. A tensor has no class of its own. */
export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== "object" || value === null) return false;
  const { dtype, shape, data } = value as Partial<Tensor>;
  return isDType(dtype) && Array.isArray(shape) && data instanceof ARRAYS[dtype];
}

/**
 * Joins tensors along an axis into one allocation.
 *
 * @param tensors at least one; the same dtype, and the same shape but for `axis`
 * @throws RangeError if they do not fit together
 */
export function concat<D extends DType>(tensors: readonly Tensor<D>[], axis = 0): Tensor<D> {
  const [first] = tensors;
  if (first === undefined) throw new RangeError("Cannot join tensors: none was given");
  for (const other of tensors) requireJoinable(first, other, axis);
  const length = tensors.reduce((sum, { shape }) => sum + lengthAt(shape, axis), 0);
  const shape = first.shape.with(axis, length);
  const data = allocate(first.dtype, sizeOf(shape));
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  let offset = 0;
  for (let row = 0; row < outer; row++) {
    for (const part of tensors) {
      const run = lengthAt(part.shape, axis) * inner;
      fill(data, offset, part.data, row * run, run);
      offset += run;
    }
  }
  return { dtype: first.dtype, shape, data };
}

/**
 * Splits a tensor along an axis. Every part is a copy that its owner may keep, change or transfer.
 *
 * @param lengths the length of each part along `axis`; together the length of that axis
 * @throws RangeError if the lengths do not add up
 */
export function split<D extends DType>(
  whole: Tensor<D>,
  lengths: readonly number[],
  axis = 0,
): Tensor<D>[] {
  const length = lengthAt(whole.shape, axis);
  const sum = lengths.reduce((total, part) => total + part, 0);
  if (sum !== length) {
    throw new RangeError(
      `Cannot split axis ${axis} of ${formatShape(whole.shape)} into ${formatShape(lengths)}: ` +
        `the parts must add up to ${length}, but make ${sum}`,
    );
  }
  let begin = 0;
  return lengths.map((part) => {
    begin += part;
    return slice(whole, begin - part, part, axis);
  });
}

/** Copies `count` positions of an axis from `begin` on; they must be within the axis. */
export function slice<D extends DType>(
  whole: Tensor<D>,
  begin: number,
  count: number,
  axis = 0,
): Tensor<D> {
  const length = lengthAt(whole.shape, axis);
  const outer = sizeOf(whole.shape.slice(0, axis));
  const inner = sizeOf(whole.shape.slice(axis + 1));
  const shape = whole.shape.with(axis, count);
  const data = allocate(whole.dtype, sizeOf(shape));
  const run = count * inner;
  for (let row = 0; row < outer; row++) {
    const from = (row * length + begin) * inner;
    fill(data, row * run, whole.data, from, run);
  }
  return { dtype: whole.dtype, shape, data };
}

function requireJoinable(first: Tensor, other: Tensor, axis: number): void {
  const fits =
    first.dtype === other.dtype &&
    first.shape.length === other.shape.length &&
    first.shape.every((length, at) => at === axis || length === other.shape[at]);
  if (fits) return;
  throw new RangeError(
    `Cannot join tensors along axis ${axis}: ${first.dtype} ${formatShape(first.shape)} and ` +
      `${other.dtype} ${formatShape(other.shape)} must have the same dtype and other axes`,
  );
}

function lengthAt(shape: readonly number[], axis: number): number {
  const length = shape[axis];
  if (length !== undefined) return length;
  throw new RangeError(`A tensor of shape ${formatShape(shape)} has no axis ${axis}`);
}

/** The most elements that are copied one by one: a view of them would take longer. */
const FEW = 32;

/** Copies `count` elements of `source`, from `from` on, to the position `at`. */
function fill<D extends DType>(
  target: TensorData[D],
  at: number,
  source: TensorData[D],
  from: number,
  count: number,
): void {
  if (Array.isArray(target) || count <= FEW) {
    for (let i = 0; i < count; i++) target[at + i] = source[from + i] as never;
    return;
  }
  const isWhole = from === 0 && count === source.length;
  // Both sides are of one dtype, so of one array type.
  const part = (isWhole ? source : elements<D>(source, from, from + count)) as Uint8Array;
  (target as Uint8Array).set(part, at);
}
