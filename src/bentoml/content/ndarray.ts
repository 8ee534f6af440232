/**
 * Tensors from and to the field `ndarray`.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import { NDArray_DType as MessageDType } from "../../gen/bentoml/grpc/v1/service_pb.ts";
import type { NdarraySpec } from "../../io/spec.ts";
import {
  allocate,
  type DType,
  formatShape,
  sizeOf,
  type Tensor,
  type TensorData,
} from "../../tensor.ts";
import type { NdarrayMessage, RequestNdarray } from "./message.ts";

/** A field of the message with elements, and their dtype by its name and its number. */
interface ElementField {
  readonly dtype: DType;
  readonly number: MessageDType;
  readonly field: Exclude<keyof NdarrayMessage, "dtype" | "shape">;
  readonly name: string;
}

const {
  DTYPE_UNSPECIFIED,
  DTYPE_FLOAT,
  DTYPE_DOUBLE,
  DTYPE_BOOL,
  DTYPE_INT32,
  DTYPE_INT64,
  DTYPE_UINT32,
  DTYPE_UINT64,
  DTYPE_STRING,
} = MessageDType;

const FIELDS: readonly ElementField[] = [
  { dtype: "float32", number: DTYPE_FLOAT, field: "floatValues", name: "float_values" },
  { dtype: "float64", number: DTYPE_DOUBLE, field: "doubleValues", name: "double_values" },
  { dtype: "bool", number: DTYPE_BOOL, field: "boolValues", name: "bool_values" },
  { dtype: "int32", number: DTYPE_INT32, field: "int32Values", name: "int32_values" },
  { dtype: "int64", number: DTYPE_INT64, field: "int64Values", name: "int64_values" },
  { dtype: "uint32", number: DTYPE_UINT32, field: "uint32Values", name: "uint32_values" },
  { dtype: "uint64", number: DTYPE_UINT64, field: "uint64Values", name: "uint64_values" },
  { dtype: "string", number: DTYPE_STRING, field: "stringValues", name: "string_values" },
];

const BY_DTYPE: ReadonlyMap<DType, ElementField> = new Map(
  FIELDS.map((field) => [field.dtype, field]),
);

/** The most elements of an array of zeros, which a shape without values stands for: 8 MiB. */
const MAX_ZEROS = 2 ** 20;

/** NumPy's bound on axes before version 2; no model has as many. */
const MAX_AXES = 32;

/**
 * Decodes a tensor.
 *
 * @throws ServiceError `invalid_argument` for an unknown dtype, for values in two fields or in
 *   another than the dtype's, for a shape that does not fit the values (INTERNAL in BentoML), and
 *   for a tensor that the descriptor refuses
 */
export function decodeNdarray(message: RequestNdarray, spec: NdarraySpec): Tensor {
  if (message.shape.length > MAX_AXES) {
    throw invalidArgument(`Cannot take an array: it may have at most ${MAX_AXES} axes`);
  }
  const field = fieldOf(message);
  return spec.convert(field === undefined ? zeros(message, spec) : read(message, field));
}

/**
 * Encodes a handler's tensor.
 *
 * @throws TypeError for a value that the descriptor cannot encode
 * @throws ServiceError `invalid_argument`, as in BentoML, for a dtype that the message does not
 *   have
 */
export function encodeNdarray(value: unknown, spec: NdarraySpec): Partial<NdarrayMessage> {
  const { dtype, shape, data } = spec.check(value);
  const field = BY_DTYPE.get(dtype);
  if (field === undefined) {
    const names = [...BY_DTYPE.keys()].join(", ");
    throw invalidArgument(
      `Unsupported dtype '${dtype}' for response message: it must be one of ${names}`,
    );
  }
  const values = dtype === "bool" ? Array.from(data, Boolean) : Array.from<unknown>(data);
  return { dtype: field.number, shape: [...shape], [field.field]: values };
}

/** Returns the field of the dtype that a message declares, or else the one that has values. */
function fieldOf(message: RequestNdarray): ElementField | undefined {
  const filled = FIELDS.filter(({ field }) => message[field].length > 0);
  const names = filled.map(({ name }) => name).join(" and ");
  if (message.dtype === DTYPE_UNSPECIFIED) {
    if (filled.length <= 1) return filled[0];
    throw invalidArgument(
      `Cannot take an array with values in ${names}: without a dtype, only one may have any`,
    );
  }
  const declared = FIELDS.find(({ number }) => number === message.dtype);
  if (declared === undefined) throw invalidArgument(`${message.dtype} is no dtype of an array`);
  if (filled.length === 0 || filled.includes(declared)) return declared;
  // BentoML reads the field of the dtype, which is empty, and drops the values.
  throw invalidArgument(
    `Cannot take an array of dtype ${declared.dtype} with values in ${names}: ` +
      `they must be in ${declared.name}`,
  );
}

function read(message: RequestNdarray, { dtype, field }: ElementField): Tensor {
  const values = message[field];
  const shape = message.shape.length === 0 ? [values.length] : inferred(message.shape, values);
  if (isShapeOf(shape, values.length)) return { dtype, shape, data: dataOf(dtype, values) };
  throw misfit(message.shape, values.length);
}

/** Returns the array for a message without values: zeros of its shape, or else of length 0. */
function zeros({ shape: given }: RequestNdarray, { dtype = "float64" }: NdarraySpec): Tensor {
  const shape = given.length === 0 ? [0] : [...given];
  const size = sizeOf(shape);
  if (isShapeOf(shape, size) && size <= MAX_ZEROS) {
    return { dtype, shape, data: allocate(dtype, size) };
  }
  throw misfit(given, 0);
}

function isShapeOf(shape: readonly number[], count: number): boolean {
  return (
    sizeOf(shape) === count && shape.every((length) => Number.isSafeInteger(length) && length >= 0)
  );
}

function isFloats(values: object): values is Float32Array | Float64Array {
  return values instanceof Float32Array || values instanceof Float64Array;
}

function dataOf(dtype: DType, values: RequestNdarray[ElementField["field"]]): TensorData[DType] {
  if (dtype === "string") return values as string[];
  if (isFloats(values)) return values;
  const data = allocate(dtype, values.length);
  // The field has the dtype's own type: BigInts for an array of BigInts, or numbers for numbers.
  (data as Float64Array).set(
    dtype === "bool" ? (values as boolean[]).map(Number) : (values as number[]),
  );
  return data;
}

/** Infers the length of an axis of -1, as NumPy's `reshape` does. */
function inferred(shape: readonly number[], values: ArrayLike<unknown>): number[] {
  const axis = shape.indexOf(-1);
  if (axis === -1) return [...shape];
  const known = sizeOf(shape.toSpliced(axis, 1));
  // An impossible length, such as NaN, fits no number of values.
  return shape.with(axis, values.length / known);
}

function misfit(shape: readonly number[], count: number): Error {
  return invalidArgument(
    `Cannot make an array of shape ${formatShape(shape)} of ${count} ` +
      `${count === 1 ? "value" : "values"}`,
  );
}
