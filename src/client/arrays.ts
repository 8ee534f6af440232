/**
 * Tensors of answers: of .npy files and of nested arrays, as Ekiben's servers write them. The
 * readers of `io/` take those of others too, and say what is wrong with them; a client has neither
 * the need nor the room.
 * @module
 */

import { bytesOfTensor, type SizedDType } from "../io/tensor/bytes.ts";
import { allocate, type DType, sizeOf, type Tensor, type TensorData } from "../tensor.ts";

/** NumPy's names of the dtypes whose elements have a size. */
const DESCRS: Readonly<Record<string, SizedDType>> = {
  f2: "float16",
  f4: "float32",
  f8: "float64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  b1: "bool",
};

/**
 * Returns the parts of a .npy file of version 1.0
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 */
export function npyParts(tensor: Tensor<SizedDType>): readonly (string | Uint8Array)[] {
  const { dtype, shape } = tensor;
  const [descr] = Object.entries(DESCRS).find(([, each]) => each === dtype) ?? [];
  const axes = shape.map((length) => `${length},`).join("");
  const text = `{'descr': '<${descr}', 'fortran_order': False, 'shape': (${axes}), }`;
  // The elements begin at a multiple of 64 bytes, behind 10 bytes, the text and a line feed.
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const start = Uint8Array.of(
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    header.length & 255,
    header.length >> 8,
  );
  return [start, header, bytesOfTensor(tensor)];
}

/** Reads the .npy file of an Ekiben server: of version 1.0, little-endian, in row-major order. */
export function tensorOfNpy(bytes: Uint8Array): Tensor {
  const begin = 10 + (bytes[8] ?? 0) + 256 * (bytes[9] ?? 0);
  const header = new TextDecoder().decode(bytes.subarray(10, begin));
  const [, descr = "", axes = ""] = /'descr': '.(\w+)'.*'shape': \(([\d, ]*)\)/.exec(header) ?? [];
  const shape = axes.split(",").flatMap((axis) => (axis.trim() === "" ? [] : [Number(axis)]));
  const data = bytes.subarray(begin);
  const dtype = DESCRS[descr];
  if (dtype !== undefined) return { dtype, shape, data: elementsOf(data, dtype, sizeOf(shape)) };
  const size = Number(descr.slice(1)) * 4;
  if (!/^U\d+$/.test(descr)) throw new SyntaxError("The answer is not a .npy file");
  const texts = Array.from({ length: data.length / size }, (_, at) =>
    textOf(data.subarray(at * size, (at + 1) * size)),
  );
  return { dtype: "string", shape, data: texts };
}

/** Copies elements: in a file they may have an offset at which no such array can begin. */
function elementsOf<D extends SizedDType>(
  bytes: Uint8Array,
  dtype: D,
  length: number,
): TensorData[D] {
  const data = allocate<SizedDType>(dtype, length);
  new Uint8Array(data.buffer).set(bytes);
  return data as TensorData[D];
}

/** Reads the characters of a string, which NULs fill up. */
function textOf(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4)
    text += String.fromCodePoint(view.getUint32(at, true));
  return text.replace(/\0+$/, "");
}

/**
 * Makes a tensor of nested arrays.
 *
 * @param dtype Default: that of the elements, by the rules of `ndarray()`
 */
export function tensorOf(nested: unknown, dtype?: DType): Tensor {
  const shape: number[] = [];
  for (let inner = nested; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  const flat = [nested].flat(Number.POSITIVE_INFINITY) as unknown[];
  const made = dtype ?? dtypeOf(flat);
  const data = allocate(made, flat.length);
  const convert = made === "string" ? String : /int64/.test(made) ? BigInt : Number;
  // `convert` makes elements of the dtype; TypeScript cannot follow that.
  for (const [at, value] of flat.entries()) {
    (data as unknown[])[at] = convert((value ?? Number.NaN) as string);
  }
  return { dtype: made, shape, data: data as TensorData[DType] };
}

/** NaN and Infinity in JSON: null, or these words. */
const FLOATS: readonly unknown[] = [null, "NaN", "Infinity", "-Infinity"];

function dtypeOf(flat: readonly unknown[]): DType {
  const first = flat.find((value) => !FLOATS.includes(value));
  if (typeof first === "boolean") return "bool";
  if (typeof first === "string") return "string";
  const areIntegers = flat.every(
    (value) => typeof value === "bigint" || Number.isSafeInteger(value),
  );
  return areIntegers && flat.some((value) => typeof value === "bigint") ? "int64" : "float64";
}
