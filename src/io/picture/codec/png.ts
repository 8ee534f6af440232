/**
 * PNG: decoded by the runtime's zlib and `png-samples.ts`, which take a fraction of the time for a
 * small picture; where there is no zlib, and for rare kinds and broken files, by the Rust `png`
 * crate compiled to WebAssembly (`@jsquash/png`), after our own check of the chunks. Encoded by
 * `fast-png`.
 *
 * Each library does one half badly. The compiled crate writes RGBA only, so that a grey mask would
 * have four channels. fast-png inflates without a bound, fills up files that end early with zeros,
 * and mixes up interlaced rows of 1, 2 and 4 bits.
 * @module
 */

import { zlib } from "#zlib";
import { convertPicture, type Picture } from "../picture.ts";
import type { OutputPictureFormat } from "./format.ts";
import { checkData, checkLength } from "./png-bounds.ts";
import {
  type Header,
  isPng,
  type Pixels,
  readHeader,
  readOrientation,
  readPixels,
} from "./png-chunks.ts";
import { makePngCrate } from "./png-crate.ts";
import { type PngFile, pngFile } from "./png-file.ts";
import { filteredLength, pictureOf } from "./png-samples.ts";
import { wasmCodec } from "./wasm.ts";

/** The offset of IHDR's bit depth; the colour type follows it. */
const DEPTH_AT = 24;

const withDecoder = wasmCodec("png-decode", makePngCrate);

/** PNG of every colour type, depth and interlace; of an animation, its still picture. */
export const png: OutputPictureFormat = {
  name: "PNG",
  mediaType: "image/png",
  // Section 7.1 allows 2**31 - 1; pictures in memory are far smaller.
  maxSide: 2 ** 31 - 1,
  matches: isPng,
  measure: readHeader,
  orientation: readOrientation,
  decode,
  encode,
};

function decode(bytes: Uint8Array): Picture | Promise<Picture> {
  const header = readHeader(bytes);
  const pixels = readPixels(bytes, header);
  checkLength(pixels.data, header);
  return decodeByZlib(header, pixels) ?? decodeByCrate(bytes, header, pixels);
}

/**
 * Decodes the usual kinds of files; returns `undefined` for others, and for a file of which
 * anything is wrong: the crate accepts some of these, as Pillow does.
 */
function decodeByZlib(header: Header, pixels: Pixels): Picture | undefined {
  const { colourType, depth, isInterlaced } = header;
  const { transparency, damaged, data } = pixels;
  const isRare = depth === 16 || isInterlaced || (transparency !== undefined && colourType !== 3);
  if (zlib === undefined || isRare || damaged) return undefined;
  const length = filteredLength(header);
  let filtered: Uint8Array;
  try {
    filtered = zlib.inflate(data, length);
  } catch {
    return undefined;
  }
  return filtered.length === length ? pictureOf(filtered, header, pixels) : undefined;
}

/** Decodes a file of any kind by the crate. Exported for the test that compares both decoders. */
export async function decodeByCrate(
  bytes: Uint8Array,
  header: Header,
  pixels: Pixels,
): Promise<Picture> {
  const { colourType, depth } = header;
  const { transparency } = pixels;
  await checkData(pixels, header);
  const file = pngFile(bytes, header, pixels);
  if (depth === 16 && colourType === 0) return withKey(await decodeGrey16(file), transparency);
  const { value } = await withDecoder((crate) => crate.decode(file));
  if (depth === 16 && colourType === 2) return withKey(convertPicture(value, "RGB"), transparency);
  const alpha = colourType >= 4 || transparency !== undefined;
  return convertPicture(value, alpha ? "RGBA" : colourType === 0 ? "L" : "RGB");
}

/**
 * Decodes 16-bit grey by Pillow's rule, which clamps it at 255. The crate would keep only the upper
 * byte. If the header declares 8-bit grey with alpha, whose bytes have the same layout, it outputs
 * both bytes.
 */
async function decodeGrey16([header, ...rest]: PngFile): Promise<Picture> {
  const bytewise = header.slice();
  bytewise.set([8, 4], DEPTH_AT);
  const { value } = await withDecoder((crate) => crate.decode([bytewise, ...rest]));
  const { width, height, data: pairs } = value;
  const data = new Uint8Array(width * height);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 1) {
    data[to] = pairs[from] === 0 ? (pairs[from + 3] as number) : 255;
  }
  return { width, height, channels: 1, data };
}

/**
 * Makes the colour of a tRNS transparent in a picture that had 16-bit samples. As in Pillow, its
 * lower bytes are compared with the 8-bit samples.
 */
function withKey(picture: Picture, transparency: Uint8Array | undefined): Picture {
  if (transparency === undefined) return picture;
  const [, first = 0, , green = first, , blue = first] = transparency;
  const { width, height, data } = convertPicture(picture, "RGBA");
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] === first && data[at + 1] === green && data[at + 2] === blue) data[at + 3] = 0;
  }
  return { width, height, channels: 4, data };
}

async function encode({ width, height, channels, data }: Picture): Promise<Uint8Array> {
  const { encode } = await import("fast-png");
  return encode({ width, height, channels, data });
}
