/**
 * The header of NumPy's format .npy, versions 1.0 to 3.0
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 * @module
 */
import { invalidArgument, type ServiceError } from "../../error.ts";
import { excerpt, quote } from "../wording.ts";

/** The layout of the elements behind the header. */
export interface NpyHeader {
  /** NumPy's name of the dtype, for example `<f4`. */
  readonly descr: string;
  /** True for column-major order: the first axis varies fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** The offset of the elements. */
  readonly begin: number;
}

/** `\x93NUMPY` */
const MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** The longest header, as in NumPy since 1.24: literals are expensive to parse. */
const MAX_HEADER_LENGTH = 10_000;

/** NumPy's bound on axes. */
const MAX_AXES = 64;

/** The alignment of the first element, in bytes, so that a file can be mapped into memory. */
const ALIGNMENT = 64;

// One entry of a Python dictionary. Lists are dtypes of several fields.
const KEY = /\s*(?:'(\w+)'|"(\w+)")\s*:\s*/;
const VALUE = /(?:'([^'\\]*)'|"([^"\\]*)"|(True|False)|\(([\d\s,L]*)\)|(\[))\s*(,?)/;
const ENTRY = new RegExp(KEY.source + VALUE.source, "y");

/** Returns true for bytes that begin as a .npy file. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, at) => bytes[at] === byte);
}

/** @throws ServiceError `invalid_argument` for a damaged header, or another version */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  if (!isNpy(bytes)) throw badNpy("it does not begin with the bytes \\x93NUMPY");
  const [major = 0, minor = 0] = bytes.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0) {
    throw badNpy(`its version is ${major}.${minor}, but must be 1.0, 2.0 or 3.0`);
  }
  const prefix = major === 1 ? 10 : 12;
  if (bytes.length < prefix) throw badNpy("it ends within its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_LENGTH) {
    throw badNpy(`its header has ${length} bytes, but may have at most ${MAX_HEADER_LENGTH}`);
  }
  const begin = prefix + length;
  if (bytes.length < begin) throw badNpy("it ends within its header");
  const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(
    bytes.subarray(prefix, begin),
  );
  return { ...parseLiteral(text.trim()), begin };
}

/** Makes the header of elements in row-major order, padded as NumPy does. */
export function writeNpyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${axes}), }`;
  const length = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(length).fill(0x20);
  header.set([...MAGIC, 1, 0]);
  new DataView(header.buffer).setUint16(8, length - 10, true);
  header.set(new TextEncoder().encode(text), 10);
  header[length - 1] = 0x0a;
  return header;
}

/** Returns the error for a body that is not a valid .npy file. */
export function badNpy(reason: string): ServiceError {
  return invalidArgument(`Cannot read the .npy array: ${reason}`);
}

function parseLiteral(text: string): Omit<NpyHeader, "begin"> {
  const values = new Map<string, string | boolean | readonly number[]>();
  if (!text.startsWith("{")) throw badLiteral(text);
  let at = 1;
  for (let more = true; more; ) {
    ENTRY.lastIndex = at;
    const entry = ENTRY.exec(text);
    if (entry === null) break;
    const [whole, single, double, quoted, twice, bool, axes, list, comma] = entry;
    if (list !== undefined) {
      throw badNpy("its dtype has several fields (a structured array), which no tensor has");
    }
    const value = quoted ?? twice ?? (axes === undefined ? bool === "True" : shapeOf(axes, text));
    values.set(single ?? double ?? "", value);
    at += whole.length;
    more = comma === ",";
  }
  if (!/^\s*\}$/.test(text.slice(at))) throw badLiteral(text);
  const descr = values.get("descr");
  const fortranOrder = values.get("fortran_order");
  const shape = values.get("shape");
  if (typeof descr !== "string" || typeof fortranOrder !== "boolean") throw badLiteral(text);
  if (typeof shape !== "object" || values.size !== 3) throw badLiteral(text);
  return { descr, fortranOrder, shape };
}

function shapeOf(text: string, header: string): number[] {
  const parts = text.replace(/,\s*$/, "").split(",");
  const axes = text.trim() === "" ? [] : parts.map((part) => part.trim());
  // Python 2 wrote long integers with an L.
  if (!axes.every((axis) => /^\d{1,16}L?$/.test(axis))) throw badLiteral(header);
  const shape = axes.map((axis) => Number.parseInt(axis, 10));
  if (shape.length > MAX_AXES) {
    throw badNpy(`it has ${shape.length} axes, but may have at most ${MAX_AXES}`);
  }
  if (!shape.every(Number.isSafeInteger)) throw badNpy(`its shape is (${excerpt(text)})`);
  return shape;
}

function badLiteral(text: string): ServiceError {
  return badNpy(
    "its header must be a dictionary of 'descr', 'fortran_order' and 'shape', " +
      `but was ${quote(text)}`,
  );
}
