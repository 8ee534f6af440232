/**
 * Tensors in NumPy's format .npy, which `numpy.save` writes and `numpy.load` reads.
 * @module
 */
import { ServiceError } from "../../error.ts";
import { type DType, formatShape, sizeOf, type Tensor } from "../../tensor.ts";
import { excerpt } from "../wording.ts";
import { bytesOfTensor, elementSize, type SizedDType, tensorOfBytes } from "./bytes.ts";
import { badNpy, readNpyHeader, writeNpyHeader } from "./npy-header.ts";

/** NumPy's kind and size of each dtype; those of strings vary. */
const DESCRS: Readonly<Record<SizedDType, string>> = {
  float16: "f2",
  float32: "f4",
  float64: "f8",
  int8: "i1",
  int16: "i2",
  int32: "i4",
  int64: "i8",
  uint8: "u1",
  uint16: "u2",
  uint32: "u4",
  uint64: "u8",
  bool: "b1",
};

const DTYPES: ReadonlyMap<string, SizedDType> = new Map(
  Object.entries(DESCRS).map(([dtype, descr]) => [descr, dtype as SizedDType]),
);

/** Descriptions of NumPy's dtypes that tensors do not have, by their letter. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["O", "objects, which only Python's pickle can read"],
  ["c", "complex numbers"],
  ["V", "raw memory"],
  ["M", "dates"],
  ["m", "spans of time"],
]);

/** The most bytes of an array of strings, each of which takes the space of the longest. */
const MAX_TEXT_BYTES = 256 * 2 ** 20;

/**
 * Reads a .npy file of any byte order, and converts it to row-major order.
 *
 * @throws ServiceError `invalid_argument` for any other file, for a dtype that tensors do not have,
 *   and for more or fewer bytes than shape and dtype require
 */
export function tensorOfNpy(bytes: Uint8Array): Tensor {
  const { descr, fortranOrder, shape, begin } = readNpyHeader(bytes);
  const [, order = "", letter = "", digits = ""] =
    /^([<>=|]?)([a-zA-Z])(\d{0,9})$/.exec(descr) ?? [];
  const isText = letter === "U" || letter === "S";
  const dtype = DTYPES.get(letter + digits);
  if (dtype === undefined && !(isText && digits !== "")) throw wrongDType(descr);
  const size = dtype === undefined ? Number(digits) * (letter === "U" ? 4 : 1) : elementSize(dtype);
  const count = sizeOf(shape);
  const data = bytes.subarray(begin);
  if (count * size !== data.length) {
    throw badNpy(
      `of dtype ${descr} and shape ${formatShape(shape)} it must have ${count * size} bytes ` +
        `behind its header, but has ${data.length}`,
    );
  }
  if (size === 0 && count > 0) throw badNpy(`its elements have no size, its dtype is ${descr}`);
  const tensor =
    dtype === undefined
      ? { dtype: "string" as const, shape, data: readText(data, count, size, letter, order) }
      : tensorOfBytes(order === ">" ? swapped(data, size) : data, dtype, shape);
  return fortranOrder && shape.length > 1 ? transposed(tensor) : tensor;
}

/**
 * Writes a tensor as a .npy file of version 1.0, in row-major order. Strings become `<U`, as long
 * as the longest; NumPy drops trailing NULs.
 *
 * @throws ServiceError `failed_precondition` for strings that would take too many bytes
 */
export function npyOfTensor(tensor: Tensor): Uint8Array {
  const { dtype, shape } = tensor;
  if (dtype === "string") return npyOfText(tensor as Tensor<"string">);
  const sized = tensor as Tensor<SizedDType>;
  const order = elementSize(sized.dtype) === 1 ? "|" : "<";
  return joined(writeNpyHeader(order + DESCRS[sized.dtype], shape), bytesOfTensor(sized));
}

function wrongDType(descr: string): ServiceError {
  const what = REFUSED.get(/[a-zA-Z]/.exec(descr)?.[0] ?? "");
  const known = `${Object.values(DESCRS).join(", ")}, U and S`;
  return badNpy(
    `its dtype is ${excerpt(descr)}${what === undefined ? "" : `, of ${what}`}; ` +
      `a tensor's is one of ${known}`,
  );
}

/** Returns the elements with their bytes in reverse order. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  if (size === 1) return bytes;
  const copy = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += size) {
    for (let byte = 0; byte < size; byte++) {
      copy[at + byte] = bytes[at + size - 1 - byte] as number;
    }
  }
  return copy;
}

/** Converts column-major elements, whose first axis varies fastest, to row-major order. */
function transposed<D extends DType>(tensor: Tensor<D>): Tensor<D> {
  const { shape } = tensor;
  const from = tensor.data as Uint8Array;
  const data = from.slice();
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  const last = shape.length - 1;
  const [width = 0, step = 0] = [shape[last], strides[last]];
  const index = shape.map(() => 0);
  let begin = 0;
  for (let row = 0; row < data.length; row += width) {
    for (let at = 0; at < width; at++) data[row + at] = from[begin + at * step] as number;
    // The next row: one step along the axis before the last, with carries to the axes before it.
    for (let axis = last - 1; axis >= 0; axis--) {
      const along = (index[axis] ?? 0) + 1;
      begin += strides[axis] ?? 0;
      if (along < (shape[axis] ?? 0)) {
        index[axis] = along;
        break;
      }
      index[axis] = 0;
      begin -= along * (strides[axis] ?? 0);
    }
  }
  return { ...tensor, data: data as Tensor<D>["data"] };
}

function readText(
  bytes: Uint8Array,
  count: number,
  size: number,
  letter: string,
  order: string,
): string[] {
  const strings = new Array<string>(count);
  const read = letter === "U" ? readCharacters : readUtf8;
  for (let at = 0; at < count; at++) {
    const text = read(bytes.subarray(at * size, (at + 1) * size), order !== ">");
    if (text === undefined) throw badNpy(`string ${at} in it is no Unicode`);
    strings[at] = text;
  }
  return strings;
}

function readUtf8(bytes: Uint8Array): string | undefined {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(0, end),
    );
  } catch {
    return undefined;
  }
}

function readCharacters(bytes: Uint8Array, isLittleEndian: boolean): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const code = view.getUint32(at, isLittleEndian);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    text += String.fromCodePoint(code);
  }
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
}

function npyOfText({ shape, data }: Tensor<"string">): Uint8Array {
  const longest = data.reduce((length, text) => Math.max(length, lengthOf(text)), 1);
  const size = longest * 4;
  if (data.length * size > MAX_TEXT_BYTES) {
    throw new ServiceError(
      "failed_precondition",
      `Cannot send ${data.length} strings of up to ${longest} characters as .npy, where each ` +
        "takes as much as the longest: ask for application/json",
    );
  }
  const bytes = new Uint8Array(data.length * size);
  const view = new DataView(bytes.buffer);
  for (const [row, text] of data.entries()) {
    let at = row * size;
    for (const character of text.toWellFormed()) {
      view.setUint32(at, character.codePointAt(0) ?? 0, true);
      at += 4;
    }
  }
  return joined(writeNpyHeader(`<U${longest}`, shape), bytes);
}

/** Returns the number of characters, in which a surrogate pair is one. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function joined(header: Uint8Array, elements: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(header.length + elements.length);
  bytes.set(header);
  bytes.set(elements, header.length);
  return bytes;
}
