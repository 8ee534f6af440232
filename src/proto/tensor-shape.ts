/**
 * Tensors as messages: their shape, and their elements in a field of their dtype.
 * @module
 */

import { invalidArgument } from "../error.ts";
import { describe } from "../io/wording.ts";
import {
  allocate,
  DTYPES,
  type DType,
  formatShape,
  isTensor,
  sizeOf,
  type Tensor,
} from "../tensor.ts";
import type { EnumType, MessageType, Scalar, Types } from "./types.ts";

/** A message for tensors, and its conversions. */
export interface TensorShape {
  readonly type: MessageType;
  /** @throws ServiceError `invalid_argument` for elements that do not fit the shape */
  read(message: unknown): Tensor;
  /** @throws TypeError for anything but a tensor that the message has a field for */
  write(value: unknown): unknown;
}

/** The types of elements. Bytes are elements of 8 bits. */
const SCALARS: Readonly<Record<DType, Scalar>> = {
  bool: "bool",
  float16: "float",
  float32: "float",
  float64: "double",
  int8: "int32",
  int16: "int32",
  int32: "int32",
  int64: "int64",
  string: "string",
  uint8: "bytes",
  uint16: "uint32",
  uint32: "uint32",
  uint64: "uint64",
};

const SHAPE = "The length of each axis. Without it, the tensor has one axis.";

/** NumPy's bound on axes before version 2; no model has as many. */
const MAX_AXES = 32;

type Fields = Readonly<Record<string, unknown>>;

/** Returns the message for tensors of a dtype, or for those of any. */
export function tensorShape(types: Types, dtype: DType | undefined): TensorShape {
  return dtype === undefined ? anyTensor(types) : typedTensor(types, dtype);
}

function typedTensor(types: Types, dtype: DType): TensorShape {
  const name = `${dtype.slice(0, 1).toUpperCase()}${dtype.slice(1)}Tensor`;
  const scalar = SCALARS[dtype];
  const type = types.shared(name, `A tensor of ${dtype}, in row-major order.`, (message) => {
    message.addOwn("shape", { type: "int32", label: "list", comment: SHAPE });
    const comment = scalar === "bytes" ? "One byte an element." : undefined;
    message.addOwn("values", { ...elementsOf(scalar), comment });
  });
  return {
    type,
    read(message) {
      const { shape, values } = message as { shape: readonly number[]; values: Elements };
      return tensorOf(dtype, shape, values);
    },
    write(value) {
      const tensor = checked(value);
      if (tensor.dtype === dtype) return { shape: tensor.shape, values: written(tensor) };
      throw new TypeError(`Cannot encode a tensor of ${tensor.dtype} as ${name}`);
    },
  };
}

const ANY_FIELDS: readonly Scalar[] = [
  ...(["float", "double", "int32", "int64", "uint32", "uint64", "bool", "string"] as const),
  "bytes",
];

/** The dtype of the elements of each type, if it is not declared. */
const INFERRED: Readonly<Record<Scalar, DType>> = {
  bool: "bool",
  bytes: "uint8",
  double: "float64",
  float: "float32",
  int32: "int32",
  int64: "int64",
  string: "string",
  uint32: "uint32",
  uint64: "uint64",
};

function anyTensor(types: Types): TensorShape {
  const dtypes: EnumType = types.sharedEnum(
    "TensorDtype",
    DTYPES,
    "The type of the elements of a tensor. Unspecified: that of the field with the elements.",
  );
  const type = types.shared("Tensor", "A tensor of any dtype, in row-major order.", (message) => {
    message.addOwn("dtype", { type: dtypes, label: "one" });
    message.addOwn("shape", { type: "int32", label: "list", comment: SHAPE });
    for (const scalar of ANY_FIELDS) {
      const comment = scalar === "bytes" ? "Of uint8, one byte an element." : undefined;
      message.addOwn(`${scalar}_values`, { ...elementsOf(scalar), comment });
    }
  });
  const local = (scalar: Scalar): string => `${scalar}Values`;
  return {
    type,
    read(message) {
      const fields = message as Fields & { dtype: number; shape: readonly number[] };
      const elements = (scalar: Scalar): Elements => fields[local(scalar)] as Elements;
      const filled = ANY_FIELDS.filter((scalar) => elements(scalar).length > 0);
      const declared = dtypes.values.find(({ number }) => number === fields.dtype);
      if (declared === undefined && fields.dtype !== 0) {
        throw invalidArgument(`${fields.dtype} is no dtype of a tensor`);
      }
      const dtype = declared?.text as DType | undefined;
      const scalar = dtype === undefined ? (filled[0] ?? "float") : SCALARS[dtype];
      const other = filled.find((each) => each !== scalar);
      if (other !== undefined) {
        const wanted = dtype === undefined ? "in one field alone" : `in ${scalar}_values`;
        throw invalidArgument(`A tensor has values in ${other}_values: they must be ${wanted}`);
      }
      return tensorOf(dtype ?? INFERRED[scalar], fields.shape, elements(scalar));
    },
    write(value) {
      const tensor = checked(value);
      const dtype = dtypes.values.find(({ text }) => text === tensor.dtype)?.number ?? 0;
      return { dtype, shape: tensor.shape, [local(SCALARS[tensor.dtype])]: written(tensor) };
    },
  };
}

/** The elements in a message. */
type Elements = Uint8Array | readonly (number | bigint | boolean | string)[];

function elementsOf(type: Scalar): { type: Scalar; label: "one" | "list" } {
  return { type, label: type === "bytes" ? "one" : "list" };
}

function tensorOf(dtype: DType, given: readonly number[], values: Elements): Tensor {
  const shape = given.length === 0 ? [values.length] : inferred(given, values.length);
  const isShape = shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (!isShape || shape.length > MAX_AXES || sizeOf(shape) !== values.length) {
    throw invalidArgument(
      `Cannot make a tensor of shape ${formatShape(given)} of ${values.length} values`,
    );
  }
  if (dtype === "string") return { dtype, shape, data: values as string[] };
  const data = allocate(dtype, values.length);
  const bad = fill(data as Numbers, values as ArrayLike<number>, dtype);
  if (bad === undefined) return { dtype, shape, data };
  throw invalidArgument(`Cannot make a tensor of ${dtype}: it cannot hold ${bad}`);
}

type Numbers = { [at: number]: number; readonly length: number };

/** Copies the elements; returns one that the dtype cannot hold. */
function fill(data: Numbers, values: ArrayLike<number>, dtype: DType): number | undefined {
  const isNarrow = dtype === "int8" || dtype === "int16" || dtype === "uint16";
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    data[at] = dtype === "bool" ? Number(value) : value;
    if (isNarrow && data[at] !== value) return value;
  }
  return undefined;
}

/** Infers the length of an axis of -1, as NumPy's `reshape` does. */
function inferred(shape: readonly number[], count: number): readonly number[] {
  const axis = shape.indexOf(-1);
  return axis === -1 ? shape : shape.with(axis, count / sizeOf(shape.toSpliced(axis, 1)));
}

function checked(value: unknown): Tensor {
  if (!isTensor(value)) {
    throw new TypeError(
      `Cannot encode a tensor: it must be { dtype, shape, data }, but was ${describe(value)}`,
    );
  }
  if (value.data.length === sizeOf(value.shape)) return value;
  throw new TypeError(
    `Cannot encode a tensor of shape ${formatShape(value.shape)}: it needs ` +
      `${sizeOf(value.shape)} elements, but has ${value.data.length}`,
  );
}

function written({ dtype, data }: Tensor): Elements {
  if (dtype === "uint8") return data as Uint8Array;
  return dtype === "bool" ? Array.from(data, Boolean) : (Array.from<unknown>(data) as number[]);
}
