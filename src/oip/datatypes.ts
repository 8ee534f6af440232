/**
 * The datatypes of the Open Inference Protocol, and the dtypes of tensors that they stand for.
 * @module
 */

import type { DType, TensorSpec } from "../tensor.ts";

/** The name of a datatype that a tensor can have. */
export type Datatype =
  | "BOOL"
  | "UINT8"
  | "UINT16"
  | "UINT32"
  | "UINT64"
  | "INT8"
  | "INT16"
  | "INT32"
  | "INT64"
  | "FP16"
  | "FP32"
  | "FP64"
  | "BYTES";

/** The dtypes of all datatypes. */
export const DATATYPES: Readonly<Record<Datatype, DType>> = {
  BOOL: "bool",
  UINT8: "uint8",
  UINT16: "uint16",
  UINT32: "uint32",
  UINT64: "uint64",
  INT8: "int8",
  INT16: "int16",
  INT32: "int32",
  INT64: "int64",
  FP16: "float16",
  FP32: "float32",
  FP64: "float64",
  BYTES: "string",
};

const BY_DTYPE = new Map<DType, Datatype>(
  Object.entries(DATATYPES).map(([name, dtype]) => [dtype, name as Datatype]),
);

/** Returns the datatype of a dtype. */
export function datatypeOf(dtype: DType): Datatype {
  return BY_DTYPE.get(dtype) as Datatype; // the table has every dtype
}

/** The metadata of a tensor: -1 for an open axis. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** Returns the metadata of a tensor. One of any rank has the shape `[-1]`. */
export function tensorMetadata({ name, dtype, shape = [""] }: TensorSpec): TensorMetadata {
  return {
    name,
    datatype: dtype === undefined ? "INVALID" : datatypeOf(dtype),
    shape: shape.map((length) => (typeof length === "number" ? length : -1)),
  };
}
