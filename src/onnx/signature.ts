/**
 * The inputs and outputs of a model as its file declares them, read without ONNX Runtime.
 * @module
 */

import { type Field, fieldIn, fieldsOf, textIn } from "./wire.ts";

/** An input or an output. */
export interface DeclaredTensor {
  readonly name: string;
  /** The dtype, such as `float32`, or the kind of what is not a tensor: `sequence`, `map`, … */
  readonly dtype: string;
  /** The length of each axis: a number, the name of an open axis, or -1. None for any rank. */
  readonly shape?: readonly (number | string)[];
}

/** The inputs that a caller gives, and the outputs. */
export interface DeclaredSignature {
  readonly inputs: readonly DeclaredTensor[];
  readonly outputs: readonly DeclaredTensor[];
}

/** The dtypes by their numbers in TensorProto.DataType. */
const DTYPES: readonly (string | undefined)[] = [
  undefined,
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
  "uint32",
  "uint64",
  "complex64",
  "complex128",
  "bfloat16",
];

/** The kinds of values other than tensors, by the field numbers of TypeProto. */
const KINDS: Readonly<Record<number, string>> = {
  4: "sequence",
  5: "map",
  8: "sparse tensor",
  9: "optional",
};

/** Reads the signature of a model; `undefined` for bytes that are not an ONNX model in protobuf. */
export function readSignature(model: Uint8Array): DeclaredSignature | undefined {
  try {
    for (const field of fieldsOf(model)) if (field.number === 7) return graphSignature(field);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

/** GraphProto: initializer 5, input 11, output 12, sparse_initializer 15. */
function graphSignature({ bytes }: Field): DeclaredSignature | undefined {
  const inputs: DeclaredTensor[] = [];
  const outputs: DeclaredTensor[] = [];
  const weights = new Set<string>();
  for (const field of fieldsOf(bytes)) {
    // TensorProto: name 8. Old models list their weights as inputs, too.
    if (field.number === 5) weights.add(textIn(field, 8));
    if (field.number === 11) inputs.push(declared(field));
    if (field.number === 12) outputs.push(declared(field));
  }
  if (outputs.length === 0) return undefined;
  return { inputs: inputs.filter(({ name }) => !weights.has(name)), outputs };
}

/** ValueInfoProto: name 1, type 2. */
function declared(value: Field): DeclaredTensor {
  const name = textIn(value, 1);
  const type = fieldIn(value, 2);
  if (type === undefined) return { name, dtype: "unknown" };
  // TypeProto: tensor_type 1, of elem_type 1 and shape 2.
  const tensor = fieldIn(type, 1);
  if (tensor === undefined) {
    const kind = [...fieldsOf(type.bytes)].map(({ number }) => KINDS[number]).find(Boolean);
    return { name, dtype: kind ?? "unknown" };
  }
  const dtype = DTYPES[fieldIn(tensor, 1)?.value ?? 0] ?? "unknown";
  const shape = fieldIn(tensor, 2);
  return { name, dtype, ...(shape === undefined ? {} : { shape: axesOf(shape) }) };
}

/** TensorShapeProto: dim 1, of dim_value 1 or dim_param 2. */
function axesOf(shape: Field): (number | string)[] {
  const axes: (number | string)[] = [];
  for (const axis of fieldsOf(shape.bytes)) {
    if (axis.number !== 1) continue;
    const length = fieldIn(axis, 1);
    const name = textIn(axis, 2);
    axes.push(length === undefined ? (name === "" ? -1 : name) : length.value);
  }
  return axes;
}
