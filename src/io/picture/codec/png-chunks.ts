/**
 * The chunks of a PNG file, checked before it is decoded. The compiled `png` crate ignores
 * checksums, stops reading after the last pixel, and gives no reasons for its errors; errors are
 * found and described here.
 *
 * Sections are those of the W3C's "Portable Network Graphics (PNG) Specification".
 * @module
 */

import { zlib } from "#zlib";
import { exifOrientation, xmpOrientation } from "./exif.ts";
import { type Size, textAt, viewOf } from "./format.ts";

/** The fields of IHDR, checked (11.2.2). */
export interface Header extends Size {
  /** 0 for grey, 2 for RGB, 3 for a palette, 4 for grey and alpha, 6 for RGBA. */
  readonly colourType: number;
  /** The bits of a sample. */
  readonly depth: number;
  readonly bitsPerPixel: number;
  readonly isInterlaced: boolean;
}

/** The parts of a file from which its pixels are decoded. */
export interface Pixels {
  /** The bodies of IDAT, joined: one zlib stream. */
  readonly data: Uint8Array;
  /** True if the checksum of an IDAT is wrong, so that the stream's own must be checked. */
  readonly damaged: boolean;
  /** The body of PLTE, if the picture has a palette: red, green and blue of each colour. */
  readonly palette: Uint8Array;
  /** The body of tRNS, with the transparent colours or the alphas of the palette. */
  readonly transparency: Uint8Array | undefined;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Signature 8, length 4, type 4, the 13 bytes of IHDR, its checksum 4. */
export const HEADER_BYTES = 33;

/** The keyword of XMP in an iTXt chunk, with the flags of uncompressed text. */
const XMP = "XML:com.adobe.xmp\0\0\0";

const NOTHING: Uint8Array = new Uint8Array(0);

/** The bit depths that each colour type may have, and its samples a pixel (11.2.2). */
const COLOUR_TYPES: ReadonlyMap<
  number,
  { readonly depths: readonly number[]; readonly samples: number }
> = new Map([
  [0, { depths: [1, 2, 4, 8, 16], samples: 1 }],
  [2, { depths: [8, 16], samples: 3 }],
  [3, { depths: [1, 2, 4, 8], samples: 1 }],
  [4, { depths: [8, 16], samples: 2 }],
  [6, { depths: [8, 16], samples: 4 }],
]);

/** Returns true for bytes that begin with the signature of PNG (5.2). */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, at) => bytes[at] === byte);
}

/** Reads IHDR, which must be the first chunk. */
export function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < HEADER_BYTES) throw new Error("it ends within its header");
  const view = viewOf(bytes);
  if (view.getUint32(8) !== 13 || textAt(bytes, 12, 4) !== "IHDR") {
    throw new Error("it does not begin with an IHDR of 13 bytes");
  }
  checkCrc(bytes, view, 12, 29, "IHDR");
  const depth = view.getUint8(24);
  const colourType = view.getUint8(25);
  const allowed = COLOUR_TYPES.get(colourType);
  if (allowed === undefined) throw new Error(`there is no colour type ${colourType}`);
  const { depths, samples } = allowed;
  if (!depths.includes(depth)) {
    throw new Error(`colour type ${colourType} has ${depths.join(", ")} bits, not ${depth}`);
  }
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    colourType,
    depth,
    bitsPerPixel: depth * samples,
    isInterlaced: readMethods(view),
  };
}

/** Reads the methods at the end of IHDR; returns true if the picture is interlaced. */
function readMethods(view: DataView): boolean {
  const compression = view.getUint8(26);
  const filter = view.getUint8(27);
  const interlace = view.getUint8(28);
  if (compression === 0 && filter === 0 && interlace <= 1) return interlace === 1;
  throw new Error(
    `there are no methods ${compression}, ${filter} and ${interlace} of compression, filters ` +
      "and interlace",
  );
}

/**
 * Selects the chunks that affect the pixels. All others are ignored: compressed texts and profiles
 * (iCCP, zTXt, iTXt) are not inflated, and an animation becomes its still picture.
 *
 * As in Pillow, a file may end anywhere after the start of its data: the decoder checks that it has
 * all pixels.
 *
 * @throws Error if a palette's checksum is wrong, or the chunks are not those of a picture
 */
export function readPixels(bytes: Uint8Array, header: Header): Pixels {
  const { colourType } = header;
  const view = viewOf(bytes);
  let data = NOTHING;
  let length = 0;
  let damaged = false;
  const found = new Map<string, Uint8Array>();
  for (const { type, start, end, whole } of chunks(bytes, view)) {
    if (!isPixels(type, colourType)) continue;
    if (type === "IDAT") {
      const body = bytes.subarray(start, end);
      // The first is not copied: small files have no other.
      if (length === 0) data = body;
      else {
        if (length === data.length) data = copyOf(data, bytes.length);
        data.set(body, length);
      }
      length += body.length;
      damaged ||= whole && !isIntact(bytes, view, start - 4, end);
    } else {
      if (!whole) throw new Error(`it ends within ${type}`);
      checkCrc(bytes, view, start - 4, end, type);
      if (found.has(type)) throw new Error(`it has more than one ${type}`);
      found.set(type, bytes.subarray(start, end));
    }
  }
  if (length === 0) throw new Error("it ends before its pixel data");
  const palette = found.get("PLTE") ?? NOTHING;
  if (colourType === 3) checkPalette(palette.length);
  const transparency = keyOf(found.get("tRNS"), header);
  return { data: data.subarray(0, length), damaged, palette, transparency };
}

/** Returns a copy of the bytes at the start of an array of `length` bytes. */
function copyOf(bytes: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(bytes);
  return copy;
}

/** Returns the orientation tag of the EXIF or XMP metadata. */
export function readOrientation(bytes: Uint8Array): number | undefined {
  let xmp: number | undefined;
  for (const { type, start, end } of chunks(bytes, viewOf(bytes))) {
    const body = bytes.subarray(start, end);
    if (type === "eXIf") {
      const orientation = exifOrientation(body);
      if (orientation !== undefined) return orientation;
    } else if (type === "iTXt" && textAt(body, 0, XMP.length) === XMP) {
      xmp ??= xmpOrientation(body.subarray(XMP.length));
    }
  }
  return xmp;
}

/**
 * Returns the tRNS that applies. Pillow compares it with 2-bit and 4-bit samples after they have
 * been widened to 8 bits, so that only 0 matches any pixel there; so do we.
 */
function keyOf(transparency: Uint8Array | undefined, header: Header): Uint8Array | undefined {
  const { colourType, depth } = header;
  const widened = colourType === 0 && (depth === 2 || depth === 4);
  return widened && transparency?.some((byte) => byte !== 0) ? undefined : transparency;
}

/**
 * Yields the chunks between IHDR and IEND or the end of the file, by the positions of their bodies.
 * The last one is not `whole` if the file ends within it.
 */
function* chunks(
  bytes: Uint8Array,
  view: DataView,
): Generator<{
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly whole: boolean;
}> {
  for (let at = HEADER_BYTES; at + 8 <= bytes.length; ) {
    const type = textAt(bytes, at + 4, 4);
    const start = at + 8;
    const end = start + view.getUint32(at);
    if (type === "IEND") return;
    const whole = end + 4 <= bytes.length;
    yield { type, start, end: Math.min(end, bytes.length), whole };
    at = end + 4;
  }
}

function isPixels(type: string, colourType: number): boolean {
  if (type === "IDAT") return true;
  // Without a palette picture, it is only a hint for screens of few colours (11.2.3).
  if (type === "PLTE") return colourType === 3;
  // Forbidden in pictures with alpha (11.3.1.1); libpng ignores it too.
  if (type === "tRNS") return colourType < 4;
  // A capital first letter means that a reader which does not know the chunk must stop (5.4).
  if (/^[^a-z]/.test(type)) throw new Error(`chunk ${printable(type)} is not known`);
  return false;
}

function checkPalette(length: number): void {
  if (length === 0) throw new Error("it has no palette");
  if (length % 3 === 0 && length <= 768) return;
  throw new Error(`a palette of ${length} bytes is not 1 to 256 colours`);
}

function checkCrc(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  type: string,
): void {
  if (isIntact(bytes, view, start, end)) return;
  throw new Error(`the checksum of ${type} is wrong`);
}

function isIntact(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  return crc32(bytes.subarray(start, end)) === view.getUint32(end);
}

const CRC_TABLE = new Uint32Array(256).map((_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/** Returns the CRC-32 of the bytes (annex D), as in zlib. */
function crc32(bytes: Uint8Array): number {
  if (zlib !== undefined) return zlib.crc32(bytes);
  let crc = 0xffffffff;
  for (let at = 0; at < bytes.length; at += 1) {
    // The table has an entry for every byte, and `at` is within the bytes.
    crc = (CRC_TABLE[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function printable(type: string): string {
  return /^[A-Za-z]{4}$/.test(type) ? type : JSON.stringify(type);
}
