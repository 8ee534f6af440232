/**
 * The scale at which a JPEG is decoded, which is chosen before the code that decodes it is loaded.
 * @module
 */

import type { Size } from "../format.ts";
import type { BlockSize } from "./inverse.ts";

/**
 * Returns the samples a side that a block of 8 x 8 keeps at the smallest scale that has the needed
 * size; 8 for the full size.
 */
export function blockSizeFor({ width, height }: Size, needed: Size): BlockSize {
  const times = Math.min(width / needed.width, height / needed.height);
  return times >= 8 ? 1 : times >= 4 ? 2 : times >= 2 ? 4 : 8;
}

/** The time that decoding takes, as a part of that at full size (measured). */
const SHARES: Readonly<Record<BlockSize, number>> = { 1: 0.2, 2: 0.4, 4: 0.7, 8: 1 };

/** Returns how many pixels could be decoded at full size while these are with a block size. */
export function pixelsDecoded({ width, height }: Size, size: BlockSize): number {
  return width * height * SHARES[size];
}
