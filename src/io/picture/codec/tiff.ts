/**
 * TIFF, decoded by our own code: the first picture of a file, in the variants that programs write
 * by default. Others, such as those of fax machines and cameras, are refused by name.
 * @module
 */

import { orientPicture } from "../orientation.ts";
import type { Picture } from "../picture.ts";
import { lightBehind } from "./cmyk.ts";
import type { PictureFormat } from "./format.ts";
import { isTiff, readDirectory, readSize, type TiffDirectory } from "./tiff-directory.ts";
import { readSamples } from "./tiff-samples.ts";

/**
 * TIFF of grey, palette, RGB or CMYK, in strips or tiles, uncompressed or losslessly compressed.
 */
export const tiff: PictureFormat = {
  name: "TIFF",
  mediaType: "image/tiff",
  matches: isTiff,
  measure: readSize,
  async decode(bytes) {
    const directory = readDirectory(bytes);
    const layout = layoutOf(directory);
    const samples = await readSamples(bytes, directory);
    // Pillow always rotates a TIFF by its orientation.
    return orientPicture(compose(samples, directory, layout), directory.orientation);
  },
};

type Alpha = "none" | "ignored" | "plain" | "multiplied";

/** The meaning of the samples of a pixel. */
interface SampleLayout {
  readonly name: "white is zero" | "grey" | "RGB" | "palette" | "CMYK";
  readonly colours: 1 | 3 | 4;
  /** The meaning of the sample after the colours. */
  readonly alpha: Alpha;
}

const LAYOUTS: ReadonlyMap<number, Omit<SampleLayout, "alpha">> = new Map([
  [0, { name: "white is zero", colours: 1 }],
  [1, { name: "grey", colours: 1 }],
  [2, { name: "RGB", colours: 3 }],
  [3, { name: "palette", colours: 1 }],
  [5, { name: "CMYK", colours: 4 }],
]);

function layoutOf({ photometric, samples, bits, extra, planar }: TiffDirectory): SampleLayout {
  const found = LAYOUTS.get(photometric);
  if (found === undefined) {
    throw new Error(`it has photometric interpretation ${photometric}, which is not supported`);
  }
  const { name, colours } = found;
  const more = samples - colours;
  const wide = bits === 16 && (name === "RGB" || (name === "grey" && more === 0));
  const narrow = bits < 8 && colours === 1 && more === 0;
  const taken = more === 0 || (more === 1 && name !== "CMYK" && name !== "palette");
  if (!taken || !(bits === 8 || wide || narrow)) {
    throw new Error(`it has ${samples} samples of ${bits} bits as ${name}, which is not supported`);
  }
  // Pillow mixes up the planes of others.
  if (planar && !(bits === 8 && more === 0)) {
    throw new Error(
      `it has planes of ${bits} bits as ${name} with ${more} more, which is not supported`,
    );
  }
  return { name, colours, alpha: more === 0 ? "none" : alphaOf(extra) };
}

/** ExtraSamples (section 18); without it, a fourth sample is alpha, as in Pillow. */
function alphaOf(extra: number | undefined): Alpha {
  if (extra === 1) return "multiplied";
  return extra === 0 ? "ignored" : "plain";
}

// The indices below are within arrays of width * height * samples elements.

function compose(samples: Uint8Array, directory: TiffDirectory, layout: SampleLayout): Picture {
  const { width, height } = directory;
  const pixels = width * height;
  const has = layout.alpha === "plain" || layout.alpha === "multiplied";
  const grey = layout.name === "grey" || layout.name === "white is zero";
  const channels = has ? 4 : grey ? 1 : 3;
  const colour = colourReader(samples, directory, layout);
  const data = new Uint8Array(pixels * channels);
  for (let pixel = 0, to = 0; pixel < pixels; pixel += 1, to += channels) {
    const alpha = has ? (samples[pixel * directory.samples + layout.colours] as number) : 255;
    for (let channel = 0; channel < Math.min(channels, 3); channel += 1) {
      const level = colour(pixel, channel);
      data[to + channel] = layout.alpha === "multiplied" ? divided(level, alpha) : level;
    }
    if (has) data[to + 3] = alpha;
  }
  return { width, height, channels, data };
}

/** Reverts the multiplication with alpha. */
function divided(level: number, alpha: number): number {
  return alpha === 0 ? 0 : Math.min(255, Math.floor((level * 255) / alpha));
}

/** Returns a function that reads red, green or blue (0, 1 or 2) of a pixel. */
function colourReader(
  samples: Uint8Array,
  directory: TiffDirectory,
  { name }: SampleLayout,
): (pixel: number, channel: number) => number {
  const { samples: step, bits, palette } = directory;
  const at = (index: number): number => samples[index] as number;
  switch (name) {
    case "grey":
    case "white is zero": {
      const scale = bits < 8 ? 255 / ((1 << bits) - 1) : 1;
      const flip = name === "grey" ? 0 : 255;
      return (pixel) => (at(pixel * step) * scale) ^ flip;
    }
    case "RGB":
      return (pixel, channel) => at(pixel * step + channel);
    case "palette": {
      const colours = Math.floor(palette.length / 3);
      return (pixel, channel) => {
        const index = at(pixel);
        return index < colours ? (palette[channel * colours + index] as number) >> 8 : 0;
      };
    }
    case "CMYK":
      return (pixel, channel) =>
        lightBehind(at(pixel * step + channel), 255 - at(pixel * step + 3));
  }
}
