/**
 * ModelFacts: facts in the model's file that ONNX Runtime's interface does not expose, read by the
 * field numbers of onnx.proto.
 * @module
 */

import { type Field, fieldIn, fieldsOf, textIn, textOf } from "./wire.ts";

/** The type of an input or output. */
export type ValueType = "tensor" | "sequence" | "map" | "sparse tensor" | "optional";

/** An input or output as the file declares it. */
export interface DeclaredValue {
  readonly type: ValueType;
  /** True if a shape is declared. A scalar has an empty shape; a tensor of any rank has none. */
  readonly hasShape: boolean;
}

/** The parts of a model's graph that are read. */
export interface ModelFacts {
  readonly inputs: ReadonlyMap<string, DeclaredValue>;
  readonly outputs: ReadonlyMap<string, DeclaredValue>;
  /** The operators of all nodes, those of subgraphs and local functions included. */
  readonly operators: ReadonlySet<string>;
  /** The values that each value is computed from, by their names in the graph. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
  /** The names of the files that hold the weights, as the model refers to them. */
  readonly externalFiles: ReadonlySet<string>;
  /** True if it computes in float16: weights, inputs, outputs, or a `Cast` are of that type. */
  readonly usesFloat16: boolean;
}

interface Found {
  readonly inputs: Map<string, DeclaredValue>;
  readonly outputs: Map<string, DeclaredValue>;
  readonly operators: Set<string>;
  readonly sources: Map<string, readonly string[]>;
  readonly externalFiles: Set<string>;
  usesFloat16: boolean;
}

/** The number of float16 in TensorProto.DataType. */
const FLOAT16 = 10;

/**
 * Reads a model; `undefined` for bytes that are not an ONNX model in protobuf. ONNX Runtime reports
 * more about those when it opens them.
 */
export function readFacts(model: Uint8Array): ModelFacts | undefined {
  const found: Found = {
    inputs: new Map(),
    outputs: new Map(),
    operators: new Set(),
    sources: new Map(),
    externalFiles: new Set(),
    usesFloat16: false,
  };
  try {
    for (const field of fieldsOf(model)) {
      if (field.number === 7) readGraph(field, found, true);
      if (field.number === 25) readFunction(field, found);
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return found.operators.size + found.outputs.size > 0 ? found : undefined;
}

/** Returns the inputs of a model that one of its values depends on. */
export function inputsBehind(facts: ModelFacts, value: string): ReadonlySet<string> {
  const seen = new Set([value]);
  for (const name of seen) for (const source of facts.sources.get(name) ?? []) seen.add(source);
  return new Set([...seen].filter((name) => facts.inputs.has(name)));
}

/** GraphProto: node 1, initializer 5, input 11, output 12, sparse_initializer 15. */
function readGraph({ bytes }: Field, found: Found, isMain: boolean): readonly string[] {
  const read: string[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) read.push(...readNode(field, found));
    if (field.number === 5) readTensor(field, found);
    if (field.number === 15) readSparseTensor(field, found);
    if (isMain && field.number === 11) readValue(field, found.inputs, found);
    if (isMain && field.number === 12) readValue(field, found.outputs, found);
    // A branch may output a value of the enclosing graph.
    if (!isMain && field.number === 12) read.push(textIn(field, 1));
  }
  return read;
}

/** FunctionProto: node 7. */
function readFunction({ bytes }: Field, found: Found): void {
  for (const field of fieldsOf(bytes)) if (field.number === 7) readNode(field, found);
}

/** NodeProto: input 1, output 2, op_type 4, attribute 5. */
function readNode({ bytes }: Field, found: Found): readonly string[] {
  const inputs: string[] = [];
  const outputs: string[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) inputs.push(textOf(field));
    if (field.number === 2) outputs.push(textOf(field));
    if (field.number === 4) found.operators.add(textOf(field));
    // The branches of a node read values of the enclosing graph.
    if (field.number === 5) inputs.push(...readAttribute(field, found));
  }
  for (const output of outputs) found.sources.set(output, inputs);
  return inputs;
}

/**
 * AttributeProto: name 1, i 3, t 5, g 6, tensors 10, graphs 11, sparse_tensor 22,
 * sparse_tensors 23.
 */
function readAttribute({ bytes }: Field, found: Found): readonly string[] {
  const read: string[] = [];
  let name = "";
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = textOf(field);
    if (field.number === 3 && field.value === FLOAT16 && name === "to") found.usesFloat16 = true;
    if (field.number === 5 || field.number === 10) readTensor(field, found);
    if (field.number === 6 || field.number === 11) read.push(...readGraph(field, found, false));
    if (field.number === 22 || field.number === 23) readSparseTensor(field, found);
  }
  return read;
}

/** SparseTensorProto: values 1, indices 2. */
function readSparseTensor({ bytes }: Field, found: Found): void {
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1 || field.number === 2) readTensor(field, found);
  }
}

/**
 * TensorProto: data_type 2; external_data 13, of keys 1 and values 2; data_location 14, 1 for
 * another file.
 */
function readTensor({ bytes }: Field, found: Found): void {
  let isExternal = false;
  let location: string | undefined;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 2 && field.value === FLOAT16) found.usesFloat16 = true;
    if (field.number === 14) isExternal = field.value === 1;
    if (field.number !== 13) continue;
    const [key, value] = [1, 2].map((number) => textIn(field, number));
    if (key === "location") location = value;
  }
  if (isExternal && location !== undefined) found.externalFiles.add(location);
}

/** ValueInfoProto: name 1, type 2, of a tensor_type 1 with elem_type 1. */
function readValue(value: Field, values: Map<string, DeclaredValue>, found: Found): void {
  const type = fieldIn(value, 2);
  if (type === undefined) return;
  values.set(textIn(value, 1), declaredValue(type));
  const tensor = fieldIn(type, 1);
  if (tensor !== undefined && fieldIn(tensor, 1)?.value === FLOAT16) found.usesFloat16 = true;
}

/** The types by the field numbers of TypeProto. */
const TYPES: Readonly<Record<number, ValueType>> = {
  1: "tensor",
  4: "sequence",
  5: "map",
  8: "sparse tensor",
  9: "optional",
};

/** TypeProto's tensor_type: shape 2. */
function declaredValue(type: Field): DeclaredValue {
  for (const field of fieldsOf(type.bytes)) {
    const found = TYPES[field.number];
    if (found !== undefined) return { type: found, hasShape: fieldIn(field, 2) !== undefined };
  }
  return { type: "tensor", hasShape: false };
}
