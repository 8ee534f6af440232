/**
 * The samples of a PNG: undoes the filters of its rows, and widens samples to 8 bits.
 *
 * Sections are those of the W3C's "Portable Network Graphics (PNG) Specification".
 * @module
 */

import type { Picture } from "../picture.ts";
import type { Header, Pixels } from "./png-chunks.ts";

/** The filters of a row, by the byte at its start (9.2). */
const [NONE, SUB, UP, AVERAGE, PAETH] = [0, 1, 2, 3, 4] as const;

/** The colour types (11.2.2). */
const [GREY, RGB, PALETTE, GREY_ALPHA] = [0, 2, 3, 4] as const;

/** Returns the length of the inflated data: of each row, its filter and its samples. */
export function filteredLength(header: Header): number {
  return header.height * (1 + rowLength(header));
}

function rowLength({ width, bitsPerPixel }: Header): number {
  return Math.ceil((width * bitsPerPixel) / 8);
}

/**
 * Makes the picture of inflated data, whose rows are not interlaced and whose samples have up to 8
 * bits: grey, RGB, or RGBA if the file has alpha.
 *
 * @param filtered `filteredLength(header)` bytes
 * @returns `undefined` if there is no such filter
 */
export function pictureOf(
  filtered: Uint8Array,
  header: Header,
  { palette, transparency }: Pick<Pixels, "palette" | "transparency">,
): Picture | undefined {
  const { width, height, colourType } = header;
  const samples = unfilter(filtered, header);
  if (samples === undefined) return undefined;
  switch (colourType) {
    case GREY:
      return { width, height, channels: 1, data: widened(samples, header) };
    case RGB:
      return { width, height, channels: 3, data: samples };
    case PALETTE:
      return { width, height, ...looked(unpacked(samples, header), palette, transparency) };
    case GREY_ALPHA:
      return { width, height, channels: 4, data: spread(samples) };
    default:
      return { width, height, channels: 4, data: samples };
  }
}

// The indices below are within rows and arrays of the lengths that the header gives, so each
// `as number` holds; a check of each sample would take longer than the work on it.

/** The rows of a picture, before and after their filters are undone. */
interface Rows {
  /** Each row begins with the byte of its filter. */
  readonly filtered: Uint8Array;
  readonly samples: Uint8Array;
  /** The bytes of a row of samples. */
  readonly length: number;
  /** The bytes of a pixel, at least 1: the filters refer to the byte as far to the left. */
  readonly step: number;
}

/** Undoes the filters (9.2); returns `undefined` if there is no such filter. */
function unfilter(filtered: Uint8Array, header: Header): Uint8Array | undefined {
  const { height, bitsPerPixel } = header;
  const length = rowLength(header);
  const samples = new Uint8Array(length * height);
  const rows: Rows = { filtered, samples, length, step: Math.max(1, bitsPerPixel / 8) };
  for (let row = 0; row < height; row += 1) {
    const filter = filtered[row * (length + 1)] as number;
    if (filter > PAETH) return undefined;
    // Above the first row are zeros, of which Up adds nothing, and Paeth the byte to the left.
    if (filter === NONE || (filter === UP && row === 0)) copy(rows, row);
    else if (filter === SUB || (filter === PAETH && row === 0)) undoSub(rows, row);
    else if (filter === UP) undoUp(rows, row);
    else if (filter === AVERAGE) undoAverage(rows, row);
    else undoPaeth(rows, row);
  }
  return samples;
}

// Each of these undoes the filter of one row, byte by byte: for the short rows of small pictures,
// calls of subarray() and set() would take longer.

function copy({ filtered, samples, length }: Rows, row: number): void {
  const end = (row + 1) * length;
  for (let at = row * length; at < end; at += 1) samples[at] = filtered[at + row + 1] as number;
}

function undoSub({ filtered, samples, length, step }: Rows, row: number): void {
  const start = row * length;
  for (let at = start; at < start + length; at += 1) {
    const left = at < start + step ? 0 : (samples[at - step] as number);
    samples[at] = (filtered[at + row + 1] as number) + left;
  }
}

function undoUp({ filtered, samples, length }: Rows, row: number): void {
  const end = (row + 1) * length;
  for (let at = row * length; at < end; at += 1) {
    samples[at] = (filtered[at + row + 1] as number) + (samples[at - length] as number);
  }
}

function undoAverage({ filtered, samples, length, step }: Rows, row: number): void {
  const start = row * length;
  for (let at = start; at < start + length; at += 1) {
    const left = at < start + step ? 0 : (samples[at - step] as number);
    const above = row === 0 ? 0 : (samples[at - length] as number);
    samples[at] = (filtered[at + row + 1] as number) + ((left + above) >> 1);
  }
}

function undoPaeth({ filtered, samples, length, step }: Rows, row: number): void {
  const start = row * length;
  for (let at = start; at < start + length; at += 1) {
    const isFirst = at < start + step;
    const left = isFirst ? 0 : (samples[at - step] as number);
    const above = samples[at - length] as number;
    const corner = isFirst ? 0 : (samples[at - length - step] as number);
    samples[at] = (filtered[at + row + 1] as number) + paeth(left, above, corner);
  }
}

/** Returns the one of three bytes that is nearest to `left + above - corner` (9.4). */
function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - corner - corner);
  // Masks: of noise, a processor would guess half of the branches wrong, which takes twice as long.
  const notLeft = ((toAbove - toLeft) | (toCorner - toLeft)) >> 31;
  const notAbove = (toCorner - toAbove) >> 31;
  return (left & ~notLeft) | (notLeft & ((above & ~notAbove) | (corner & notAbove)));
}

/** Returns grey samples, widened to 8 bits: 255 is white at every depth. */
function widened(samples: Uint8Array, header: Header): Uint8Array {
  const { depth } = header;
  if (depth === 8) return samples;
  const white = 255 / (2 ** depth - 1);
  const wide = unpacked(samples, header);
  for (let at = 0; at < wide.length; at += 1) wide[at] = (wide[at] as number) * white;
  return wide;
}

/** Returns one sample a byte; the leftmost of a packed byte is in its upper bits (7.2). */
function unpacked(samples: Uint8Array, { width, height, depth }: Header): Uint8Array {
  if (depth === 8) return samples;
  const bytes = new Uint8Array(width * height);
  const mask = 2 ** depth - 1;
  for (let row = 0, from = 0, to = 0; row < height; row += 1) {
    let shift = 8;
    for (let column = 0; column < width; column += 1, to += 1) {
      shift -= depth;
      bytes[to] = ((samples[from] as number) >> shift) & mask;
      if (shift > 0) continue;
      shift = 8;
      from += 1;
    }
    if (shift < 8) from += 1;
  }
  return bytes;
}

/** Looks up the colours of a palette, in which those beyond its end are black and opaque. */
function looked(
  indices: Uint8Array,
  palette: Uint8Array,
  alphas: Uint8Array | undefined,
): Pick<Picture, "channels" | "data"> {
  const channels = alphas === undefined ? 3 : 4;
  const data = new Uint8Array(indices.length * channels);
  for (let pixel = 0, to = 0; pixel < indices.length; pixel += 1, to += channels) {
    const index = indices[pixel] as number;
    data[to] = palette[3 * index] ?? 0;
    data[to + 1] = palette[3 * index + 1] ?? 0;
    data[to + 2] = palette[3 * index + 2] ?? 0;
    if (alphas !== undefined) data[to + 3] = alphas[index] ?? 255;
  }
  return { channels, data };
}

/** Copies grey to each colour of pairs of grey and alpha. */
function spread(pairs: Uint8Array): Uint8Array {
  const data = new Uint8Array(pairs.length * 2);
  for (let from = 0, to = 0; from < pairs.length; from += 2, to += 4) {
    data.fill(pairs[from] as number, to, to + 3);
    data[to + 3] = pairs[from + 1] as number;
  }
  return data;
}
