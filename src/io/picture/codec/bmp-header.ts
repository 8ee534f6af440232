/**
 * The headers of a BMP file: Microsoft's "Bitmap Storage" and "BITMAPV5HEADER", and OS/2's own.
 * @module
 */

import { type Size, viewOf } from "./format.ts";

/** The bits of one channel in a pixel of 16, 24 or 32 bits; 0 for a missing channel. */
export type Masks = readonly [red: number, green: number, blue: number, alpha: number];

/** The contents of the headers, checked. */
export interface BmpHeader extends Size {
  readonly topDown: boolean;
  readonly bits: 1 | 4 | 8 | 16 | 24 | 32;
  /** True if the rows are run-length coded. */
  readonly runs: boolean;
  /** The channels of pixels that are not indices into the palette. */
  readonly masks: Masks;
  /** Blue, green and red of each colour, every `paletteStride` bytes. */
  readonly palette: Uint8Array;
  readonly paletteStride: 3 | 4;
  /** The offset of the pixels. */
  readonly pixelsAt: number;
}

/** The length of the file header, which comes first. */
const FILE_HEADER = 14;
/** The length of the second header of OS/2 1.x, with 16-bit sizes. */
const CORE_HEADER = 12;
const HEADERS: readonly number[] = [CORE_HEADER, 40, 52, 56, 64, 108, 124];
/** OS/2 2.x, whose compressions 3 and 4 are others. */
const OS2_HEADER = 64;

const RAW = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;
const ALPHA_BITFIELDS = 6;

const FIVES: Masks = [0x7c00, 0x03e0, 0x001f, 0];
const BYTES: Masks = [0xff0000, 0x00ff00, 0x0000ff, 0];
const BYTES_WITH_ALPHA: Masks = [0xff0000, 0x00ff00, 0x0000ff, 0xff000000];

/**
 * Returns true for bytes that begin as a BMP with a second header of known length, or end early.
 */
export function isBmp(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x42 || bytes[1] !== 0x4d) return false;
  if (bytes.length < FILE_HEADER + 4) return true;
  return HEADERS.includes(viewOf(bytes).getUint32(FILE_HEADER, true));
}

/** Reads only the size. */
export function readSize(bytes: Uint8Array): Size & { readonly topDown: boolean } {
  if (bytes.length < FILE_HEADER + CORE_HEADER) throw new Error("it ends within its header");
  const view = viewOf(bytes);
  const length = view.getUint32(FILE_HEADER, true);
  if (bytes.length < FILE_HEADER + length) throw new Error("it ends within its header");
  if (length === CORE_HEADER) {
    return { width: view.getUint16(18, true), height: view.getUint16(20, true), topDown: false };
  }
  const width = view.getInt32(18, true);
  // With a negative height, the first row is at the top.
  const height = view.getInt32(22, true);
  if (width < 0) throw new Error(`its width is ${width}`);
  return { width, height: Math.abs(height), topDown: height < 0 };
}

/** Reads everything but the pixels. */
export function readHeader(bytes: Uint8Array): BmpHeader {
  const size = readSize(bytes);
  const view = viewOf(bytes);
  const length = view.getUint32(FILE_HEADER, true);
  const core = length === CORE_HEADER;
  const bits = bitsOf(view.getUint16(core ? 24 : 28, true));
  const compression = core ? RAW : view.getUint32(30, true);
  checkCompression(compression, bits, length);
  const fields = compression === BITFIELDS || compression === ALPHA_BITFIELDS;
  // The masks of a 40-byte header follow it.
  const after = length === 40 && fields ? (compression === BITFIELDS ? 12 : 16) : 0;
  const headersEnd = FILE_HEADER + length + after;
  if (bytes.length < headersEnd) throw new Error("it ends within its header");
  const masks = fields ? readMasks(view, bits, length + after) : defaultMasks(bits);
  const paletteStride = core ? 3 : 4;
  const paletteBytes = bits > 8 ? 0 : paletteStride * coloursOf(view, bits, core);
  const paletteEnd = headersEnd + paletteBytes;
  if (bytes.length < paletteEnd) throw new Error("it ends within its palette");
  const declared = view.getUint32(10, true);
  // Some writers omit the offset of the pixels, or leave out the palette in it.
  const pixelsAt =
    declared < FILE_HEADER + length || declared === headersEnd ? paletteEnd : declared;
  return {
    ...size,
    bits,
    runs: compression === RLE8 || compression === RLE4,
    masks,
    palette: bytes.subarray(headersEnd, paletteEnd),
    paletteStride,
    pixelsAt,
  };
}

function bitsOf(bits: number): BmpHeader["bits"] {
  if (bits === 1 || bits === 4 || bits === 8 || bits === 16 || bits === 24 || bits === 32) {
    return bits;
  }
  throw new Error(`it has ${bits} bits a pixel, not 1, 4, 8, 16, 24 or 32`);
}

function checkCompression(compression: number, bits: number, length: number): void {
  const known =
    compression === RAW ||
    (compression === RLE8 && bits === 8) ||
    (compression === RLE4 && bits === 4) ||
    (compression === BITFIELDS && bits >= 16 && length !== OS2_HEADER) ||
    (compression === ALPHA_BITFIELDS && bits >= 16 && length !== OS2_HEADER);
  if (known) return;
  throw new Error(`it has compression ${compression} of ${bits} bits, which is not supported`);
}

function readMasks(view: DataView, bits: number, length: number): Masks {
  const mask = (index: number): number => view.getUint32(54 + 4 * index, true);
  // Alpha of fewer than 32 bits is ignored, as Pillow does.
  const alpha = length >= 56 && bits === 32 ? mask(3) : 0;
  const masks: Masks = [mask(0), mask(1), mask(2), alpha];
  if (masks.every((one) => one === 0)) return bits === 32 ? BYTES_WITH_ALPHA : defaultMasks(bits);
  for (const one of masks) {
    if (!isRun(one)) throw new Error(`its mask 0x${one.toString(16)} is not contiguous`);
  }
  return masks;
}

/** Returns true if the bits that are set are contiguous. */
function isRun(mask: number): boolean {
  return /^1*0*$/.test(mask.toString(2));
}

function defaultMasks(bits: number): Masks {
  return bits === 16 ? FIVES : BYTES;
}

function coloursOf(view: DataView, bits: number, core: boolean): number {
  const declared = core ? 0 : view.getUint32(46, true);
  if (declared > 65536) throw new Error(`it declares a palette of ${declared} colours`);
  return declared === 0 ? 1 << bits : declared;
}
