/**
 * Splits a JPEG of four components into two of three, for a decoder of colour pictures.
 * @module
 */

import {
  type Component,
  greatest,
  keepComponents,
  NONE,
  readSegments,
  YCBCR,
} from "./jpeg-split.ts";

/** The two files. */
export interface CmykFiles {
  /** Cyan, magenta and yellow as red, green and blue, or as the YCbCr of those. */
  readonly colours: Uint8Array;
  /** Black in the place of blue, with two of the other inks. */
  readonly black: Uint8Array;
  /** True if `colours` is coded as YCbCr, whose RGB is the inverse of the stored CMY. */
  readonly ycck: boolean;
}

/** @throws Error if the coded data is broken, or black has a finer sampling than all colours */
export function splitCmyk(bytes: Uint8Array): CmykFiles {
  const jpeg = readSegments(bytes);
  const { components } = jpeg.frame;
  const colours = [0, 1, 2];
  if (!sameGrid(components, colours)) {
    throw new Error("its black is sampled more finely than its colours, which is not supported");
  }
  // Without Adobe's segment, four components are CMYK, as in libjpeg.
  const ycck = jpeg.transform !== undefined && jpeg.transform !== NONE;
  return {
    colours: keepComponents(jpeg, colours, ycck ? YCBCR : NONE),
    black: keepComponents(jpeg, blackAndTwo(components), NONE),
    ycck,
  };
}

/** Returns the indices of black and of two others that keep the greatest sampling factors. */
function blackAndTwo(components: readonly Component[]): readonly number[] {
  const kept = [0, 1, 2]
    .map((left) => [0, 1, 2, 3].filter((index) => index !== left))
    .find((indices) => sameGrid(components, indices));
  return kept ?? [0, 1, 3];
}

function sameGrid(components: readonly Component[], indices: readonly number[]): boolean {
  const kept = indices.map((index) => components[index] as Component);
  return (
    greatest(kept, "across") === greatest(components, "across") &&
    greatest(kept, "down") === greatest(components, "down")
  );
}
