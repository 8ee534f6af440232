/**
 * The blocks of a GIF file up to the data of its first picture (CompuServe's "Graphics Interchange
 * Format, Version 89a").
 * @module
 */

import { type Size, textAt, viewOf } from "./format.ts";

/** The first picture of a file, and its canvas. */
export interface GifFrame {
  /** The size of the canvas, enlarged to hold the picture if the file declares it smaller. */
  readonly canvas: Size;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** Red, green and blue of each colour; `undefined` if the indices are levels of grey. */
  readonly palette: Uint8Array | undefined;
  /** The index that is transparent. */
  readonly transparent: number | undefined;
  /** The bits of the smallest codes, less one. */
  readonly codeBits: number;
  /** The offset of the blocks of coded data. */
  readonly dataAt: number;
}

const EXTENSION = 0x21;
const PICTURE = 0x2c;
const TRAILER = 0x3b;
const GRAPHIC_CONTROL = 0xf9;

export function isGif(bytes: Uint8Array): boolean {
  return /^GIF8[79]a$/.test(textAt(bytes, 0, 6));
}

/** Finds the first picture, and reads its descriptor. */
export function readFrame(bytes: Uint8Array): GifFrame {
  if (bytes.length < 13) throw new Error("it ends within its header");
  const view = viewOf(bytes);
  const screen = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  const global = readPalette(bytes, 13, view.getUint8(10));
  let transparent: number | undefined;
  let at = global.end;
  for (;;) {
    const block = bytes[at];
    if (block === undefined || block === TRAILER) throw new Error("it has no picture");
    if (block === PICTURE) {
      return readDescriptor(bytes, at + 1, { screen, global: global.palette, transparent });
    }
    if (block === EXTENSION) {
      if (bytes[at + 1] === GRAPHIC_CONTROL && (bytes[at + 2] ?? 0) >= 4) {
        if (((bytes[at + 3] ?? 0) & 1) === 1) transparent = bytes[at + 6];
      }
      at = afterBlocks(bytes, at + 2);
    } else {
      // Stray bytes between blocks are skipped, as Pillow does.
      at += 1;
    }
  }
}

function readDescriptor(
  bytes: Uint8Array,
  at: number,
  known: {
    readonly screen: Size;
    readonly global: Uint8Array | undefined;
    readonly transparent: number | undefined;
  },
): GifFrame {
  if (at + 9 > bytes.length) throw new Error("it ends within the descriptor of its picture");
  const view = viewOf(bytes);
  const left = view.getUint16(at, true);
  const top = view.getUint16(at + 2, true);
  const width = view.getUint16(at + 4, true);
  const height = view.getUint16(at + 6, true);
  if (width === 0 || height === 0) throw new Error("its first picture has no pixels");
  const flags = view.getUint8(at + 8);
  const local = readPalette(bytes, at + 9, flags);
  const codeBits = bytes[local.end];
  if (codeBits === undefined) throw new Error("it ends before its pixel data");
  const { screen, global, transparent } = known;
  return {
    canvas: {
      width: Math.max(screen.width, left + width),
      height: Math.max(screen.height, top + height),
    },
    left,
    top,
    width,
    height,
    interlaced: (flags & 0x40) !== 0,
    palette: local.palette ?? global,
    transparent,
    codeBits,
    dataAt: local.end + 1,
  };
}

/** Reads the palette that the flags declare, and returns the offset after it. */
function readPalette(
  bytes: Uint8Array,
  at: number,
  flags: number,
): { readonly palette: Uint8Array | undefined; readonly end: number } {
  if ((flags & 0x80) === 0) return { palette: undefined, end: at };
  const end = at + (6 << (flags & 7));
  if (end > bytes.length) throw new Error("it ends within a palette");
  return { palette: bytes.subarray(at, end), end };
}

/** Returns the offset after a chain of blocks. */
function afterBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) throw new Error("it ends within an extension");
    at += 1 + length;
    if (length === 0) return at;
  }
}

/** Returns the coded data without the lengths of its blocks, even if it ends early. */
export function joinBlocks(bytes: Uint8Array, start: number): Uint8Array {
  const joined = new Uint8Array(bytes.length - start);
  let length = 0;
  for (let at = start; ; ) {
    const size = bytes[at] ?? 0;
    if (size === 0) return joined.subarray(0, length);
    const block = bytes.subarray(at + 1, at + 1 + size);
    joined.set(block, length);
    length += block.length;
    at += 1 + size;
  }
}
