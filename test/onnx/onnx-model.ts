/** Tiny ONNX models for tests, by the field numbers of onnx.proto (IR 8, opset 13). */

type Bytes = readonly number[];

function varint(value: bigint): Bytes {
  const low = Number(value & 127n);
  const rest = value >> 7n;
  return rest === 0n ? [low] : [low | 128, ...varint(rest)];
}

function number(field: number, value: number): Bytes {
  return [...varint(BigInt(field << 3)), ...varint(BigInt(value))];
}

function bytes(field: number, content: Bytes): Bytes {
  return [...varint(BigInt((field << 3) | 2)), ...varint(BigInt(content.length)), ...content];
}

function text(field: number, content: string): Bytes {
  return bytes(field, [...new TextEncoder().encode(content)]);
}

/** NodeProto: input 1, output 2, op_type 4. */
export function node(type: string, inputs: string[], outputs: string[]): Bytes {
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...outputs.flatMap((name) => text(2, name)),
    ...text(4, type),
  ];
}

/** A Loop: its attribute 5 has a name 1, a graph 6 and the type 20 of a graph. */
export function loop(inputs: string[], outputs: string[], body: Bytes): Bytes {
  const attribute = [...text(1, "body"), ...bytes(6, body), ...number(20, 5)];
  return [...node("Loop", inputs, outputs), ...bytes(5, attribute)];
}

/** ValueInfoProto: name 1, type 2 with a tensor_type 1 of elem_type 1 and shape 2. */
export function value(name: string, elementType: number, shape: (number | string)[]): Bytes {
  const axes = shape.flatMap((axis) =>
    bytes(1, typeof axis === "string" ? text(2, axis) : number(1, axis)),
  );
  return [...text(1, name), ...bytes(2, bytes(1, [...number(1, elementType), ...bytes(2, axes)]))];
}

interface Graph {
  readonly nodes: readonly Bytes[];
  readonly inputs: readonly Bytes[];
  readonly outputs: readonly Bytes[];
  /** int64 vectors. */
  readonly constants?: readonly { readonly name: string; readonly values: readonly bigint[] }[];
}

/**
 * GraphProto: node 1, name 2, initializer 5 (dims 1, data_type 2, int64_data 7, name 8), input 11,
 * output 12.
 */
export function graph({ nodes, inputs, outputs, constants = [] }: Graph): Bytes {
  return [
    ...nodes.flatMap((each) => bytes(1, each)),
    ...text(2, "test"),
    ...constants.flatMap(({ name, values }) =>
      bytes(5, [
        ...number(1, values.length),
        ...number(2, 7),
        ...bytes(7, values.flatMap(varint)),
        ...text(8, name),
      ]),
    ),
    ...inputs.flatMap((each) => bytes(11, each)),
    ...outputs.flatMap((each) => bytes(12, each)),
  ];
}

/** ModelProto: ir_version 1, graph 7, opset_import 8 with a version 2. */
export function model(content: Bytes): Uint8Array {
  return Uint8Array.from([...number(1, 8), ...bytes(7, content), ...bytes(8, number(2, 13))]);
}
