/**
 * The first directory of a TIFF file: Adobe's "TIFF, Revision 6.0".
 * @module
 */

import { type Size, textAt, viewOf } from "./format.ts";

/** The fields that define how the pixels of a picture are stored. */
export interface TiffDirectory extends Size {
  readonly littleEndian: boolean;
  /** The bits of a sample. */
  readonly bits: 1 | 2 | 4 | 8 | 16;
  /** The samples of a pixel. */
  readonly samples: number;
  readonly compression: number;
  /** 0 and 1 for grey, 2 for RGB, 3 for a palette, 5 for CMYK. */
  readonly photometric: number;
  /** The meaning of the first sample after the colours: 1 and 2 are alpha; `undefined` for none. */
  readonly extra: number | undefined;
  /** True if each sample has its own plane. */
  readonly planar: boolean;
  /** True if samples are differences to those on their left. */
  readonly differences: boolean;
  readonly orientation: number;
  /**
   * The size of each piece, and whether pieces are tiles, which have their full size at the edges.
   */
  readonly piece: Size & { readonly tiled: boolean };
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  /** Red levels, then green, then blue, of 16 bits. */
  readonly palette: readonly number[];
}

const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  stripLengths: 279,
  planar: 284,
  predictor: 317,
  palette: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileLengths: 325,
  extra: 338,
  format: 339,
} as const;

/** The size of each integer type in bytes: BYTE, SHORT and LONG. */
const TYPE_BYTES: ReadonlyMap<number, 1 | 2 | 4> = new Map([
  [1, 1],
  [3, 2],
  [4, 4],
]);

/** The most values of a field: those of a palette for 16-bit indices. */
const MAX_VALUES = 3 * 65536;

export function isTiff(bytes: Uint8Array): boolean {
  const order = textAt(bytes, 0, 4);
  return order === "II*\0" || order === "MM\0*";
}

/** Returns the size of the picture as it is stored, before its orientation. */
export function readSize(bytes: Uint8Array): Size {
  const fields = readFields(bytes);
  return { width: fields.one(TAG.width), height: fields.one(TAG.height) };
}

/** @throws Error if a field is missing, or has a value that is not supported */
export function readDirectory(bytes: Uint8Array): TiffDirectory {
  const fields = readFields(bytes);
  const { one, all, has } = fields;
  const width = one(TAG.width);
  const height = one(TAG.height);
  const tiled = has(TAG.tileOffsets);
  const predictor = one(TAG.predictor, 1);
  if (predictor > 2) throw new Error(`it has predictor ${predictor}, which is not supported`);
  if (one(TAG.fillOrder, 1) !== 1)
    throw new Error("its bits are in reverse order, which is not supported");
  if (all(TAG.format).some((format) => format !== 1)) {
    throw new Error("its samples are not unsigned integers, which is not supported");
  }
  const samples = one(TAG.samples, 1);
  return {
    width,
    height,
    littleEndian: fields.littleEndian,
    bits: bitsOf(all(TAG.bits)),
    samples,
    compression: one(TAG.compression, 1),
    photometric: one(TAG.photometric, 0),
    extra: has(TAG.extra) ? one(TAG.extra) : undefined,
    planar: one(TAG.planar, 1) === 2 && samples > 1,
    differences: predictor === 2,
    orientation: one(TAG.orientation, 1),
    piece: tiled
      ? { width: one(TAG.tileWidth), height: one(TAG.tileHeight), tiled }
      : { width, height: Math.min(one(TAG.rowsPerStrip, height), height), tiled },
    offsets: all(tiled ? TAG.tileOffsets : TAG.stripOffsets),
    lengths: all(tiled ? TAG.tileLengths : TAG.stripLengths),
    palette: all(TAG.palette),
  };
}

function bitsOf(all: readonly number[]): TiffDirectory["bits"] {
  const [bits = 1] = all;
  if (all.some((other) => other !== bits)) throw new Error("its samples differ in their bits");
  if (bits === 1 || bits === 2 || bits === 4 || bits === 8 || bits === 16) return bits;
  throw new Error(`it has ${bits} bits a sample, not 1, 2, 4, 8 or 16`);
}

/** The numbers of a directory by their tags. */
interface Fields {
  readonly littleEndian: boolean;
  has(tag: number): boolean;
  /** Returns all numbers of a field; none if there is no such field. */
  all(tag: number): readonly number[];
  /** Returns the first number of a field. @throws Error if there is none, and no default */
  one(tag: number, otherwise?: number): number;
}

function readFields(bytes: Uint8Array): Fields {
  if (bytes.length < 8) throw new Error("it ends within its header");
  const view = viewOf(bytes);
  const littleEndian = bytes[0] === 0x49;
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > bytes.length) throw new Error("it ends before its directory");
  const count = view.getUint16(directory, littleEndian);
  if (directory + 2 + 12 * count > bytes.length) throw new Error("it ends within its directory");
  const entries = new Map<number, number>();
  for (let at = directory + 2; entries.size < count && at < directory + 2 + 12 * count; at += 12) {
    const tag = view.getUint16(at, littleEndian);
    if (!entries.has(tag)) entries.set(tag, at);
  }
  const all = (tag: number): readonly number[] => {
    const at = entries.get(tag);
    if (at === undefined) return [];
    const size = TYPE_BYTES.get(view.getUint16(at + 2, littleEndian));
    if (size === undefined) throw new Error(`its field ${tag} is not of whole numbers`);
    const length = view.getUint32(at + 4, littleEndian);
    if (length > MAX_VALUES) throw new Error(`its field ${tag} has ${length} values`);
    const start = length * size <= 4 ? at + 8 : view.getUint32(at + 8, littleEndian);
    if (start + length * size > bytes.length) throw new Error(`it ends within its field ${tag}`);
    return Array.from({ length }, (_, index) => {
      const from = start + index * size;
      if (size === 1) return view.getUint8(from);
      return size === 2 ? view.getUint16(from, littleEndian) : view.getUint32(from, littleEndian);
    });
  };
  const one = (tag: number, otherwise?: number): number => {
    const first = all(tag)[0] ?? otherwise;
    if (first === undefined) throw new Error(`it has no field ${tag}`);
    return first;
  };
  return { littleEndian, has: (tag) => entries.has(tag), all, one };
}
