/**
 * The chunks of a WebP file: its header, and the first frame of an animation (Google's "WebP
 * Container Specification").
 * @module
 */

import { exifOrientation, xmpOrientation } from "./exif.ts";
import { type Size, textAt, viewOf } from "./format.ts";

/** The contents of the first chunk. */
export interface WebpHeader extends Size {
  readonly alpha: boolean;
  readonly animated: boolean;
}

/** A frame of an animation. */
export interface WebpFrame extends Size {
  readonly left: number;
  readonly top: number;
  /** The frame as a WebP file of its own. */
  readonly file: Uint8Array;
}

/** "RIFF", a length, "WEBP". */
const FILE_HEADER = 12;
const CHUNK_HEADER = 8;
/** The position, size, duration and flags of a frame. */
const FRAME_HEADER = 16;

const ALPHA = 0x10;
const ANIMATED = 0x02;

/** Reads the first chunk after the RIFF header, which has the size of the canvas. */
export function readHeader(bytes: Uint8Array): WebpHeader {
  if (bytes.length < 30) throw new Error("it ends within its header");
  const view = viewOf(bytes);
  const chunk = textAt(bytes, FILE_HEADER, 4);
  if (chunk === "VP8 ") {
    // A frame tag of 3 bytes, a start code of 3, then 14 bits a side (RFC 6386, section 9.1).
    if ((view.getUint8(20) & 1) !== 0) throw new Error("it does not begin with a key frame");
    if (textAt(bytes, 23, 3) !== "\x9d\x01\x2a") throw new Error("its VP8 start code is wrong");
    const width = view.getUint16(26, true) & 0x3fff;
    const height = view.getUint16(28, true) & 0x3fff;
    return { width, height, alpha: false, animated: false };
  }
  if (chunk === "VP8L") {
    // A signature of 1 byte, 14 bits a side less one, 1 bit of alpha (RFC 9649, section 3.4).
    if (view.getUint8(20) !== 0x2f) throw new Error("its VP8L signature is wrong");
    const bits = view.getUint32(21, true);
    const height = ((bits >>> 14) & 0x3fff) + 1;
    const alpha = ((bits >>> 28) & 1) === 1;
    return { width: (bits & 0x3fff) + 1, height, alpha, animated: false };
  }
  if (chunk === "VP8X") {
    // Flags of 1 byte, 3 bytes reserved, 24 bits a side less one.
    const flags = view.getUint8(20);
    const width = readUint24(view, 24) + 1;
    const height = readUint24(view, 27) + 1;
    return { width, height, alpha: (flags & ALPHA) !== 0, animated: (flags & ANIMATED) !== 0 };
  }
  throw new Error(`it begins with a chunk ${JSON.stringify(chunk)}, not VP8, VP8L or VP8X`);
}

/** @throws Error for a file without a frame, or with one that ends early or exceeds the canvas */
export function readFirstFrame(bytes: Uint8Array, canvas: Size): WebpFrame {
  const body = findChunk(bytes, FILE_HEADER, "ANMF");
  if (body === undefined) throw new Error("it is an animation without a frame");
  if (body.length < FRAME_HEADER) throw new Error("its first frame ends within its header");
  const view = viewOf(body);
  const left = readUint24(view, 0) * 2;
  const top = readUint24(view, 3) * 2;
  const width = readUint24(view, 6) + 1;
  const height = readUint24(view, 9) + 1;
  if (left + width > canvas.width || top + height > canvas.height) {
    throw new Error("its first frame exceeds its canvas");
  }
  return {
    left,
    top,
    width,
    height,
    file: stillOf(body.subarray(FRAME_HEADER), { width, height }),
  };
}

/** Returns the orientation tag in the EXIF or XMP metadata. */
export function readOrientation(bytes: Uint8Array): number | undefined {
  const exif = findChunk(bytes, FILE_HEADER, "EXIF");
  const orientation = exif && exifOrientation(exif);
  if (orientation !== undefined) return orientation;
  const xmp = findChunk(bytes, FILE_HEADER, "XMP ");
  return xmp && xmpOrientation(xmp);
}

/** Makes a file of the chunks of a frame. Its header declares alpha, which may be missing. */
function stillOf(chunks: Uint8Array, { width, height }: Size): Uint8Array {
  const file = new Uint8Array(30 + chunks.length);
  const view = viewOf(file);
  const write = (at: number, text: string): void => {
    for (let index = 0; index < 4; index += 1) file[at + index] = text.charCodeAt(index);
  };
  write(0, "RIFF");
  view.setUint32(4, file.length - 8, true);
  write(8, "WEBP");
  write(12, "VP8X");
  view.setUint32(16, 10, true);
  view.setUint8(20, ALPHA);
  writeUint24(view, 24, width - 1);
  writeUint24(view, 27, height - 1);
  file.set(chunks, 30);
  return file;
}

/** Returns the body of the first chunk with a name; `undefined` if there is none. */
function findChunk(bytes: Uint8Array, start: number, name: string): Uint8Array | undefined {
  const view = viewOf(bytes);
  for (let at = start; at + CHUNK_HEADER <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const from = at + CHUNK_HEADER;
    if (from + length > bytes.length) return undefined;
    if (textAt(bytes, at, 4) === name) return bytes.subarray(from, from + length);
    // Chunks are padded to an even length.
    at = from + length + (length & 1);
  }
  return undefined;
}

function readUint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}

function writeUint24(view: DataView, at: number, value: number): void {
  view.setUint16(at, value & 0xffff, true);
  view.setUint8(at + 2, value >>> 16);
}
