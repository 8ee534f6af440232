/**
 * JPEG, by mozjpeg compiled to WebAssembly (`@jsquash/jpeg`), which gives the same pixels as
 * libjpeg-turbo, Pillow's library.
 * @module
 */

import { convertPicture, type Picture } from "../picture.ts";
import { lightBehind } from "./cmyk.ts";
import { emscripten, type Factory } from "./emscripten.ts";
import type { OutputPictureFormat, Size } from "./format.ts";
import { splitCmyk } from "./jpeg-cmyk.ts";
import { checkScans, readFrame, readOrientation } from "./jpeg-markers.ts";
import type { BlockSize } from "./jpeg-scaled/inverse.ts";
import { blockSizeFor, pixelsDecoded } from "./jpeg-scaled/scale.ts";
import { readSegments } from "./jpeg-split.ts";
import { decodeTall, isTall, planeOf } from "./jpeg-tall.ts";
import { wasmCodec } from "./wasm.ts";

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: Uint8ClampedArray;
}

interface Decoder {
  decode(bytes: Uint8Array, preserveOrientation: boolean): Pixels | null;
}

interface Encoder {
  encode(rgba: Uint8Array, width: number, height: number, options: object): Uint8Array;
}

// The types of the packages need a global namespace that they do not load, so the modules are cast
// to the types below.
const withDecoder = wasmCodec(
  "jpeg-decode",
  emscripten(async () => {
    const { default: factory } = await import("@jsquash/jpeg/codec/dec/mozjpeg_dec.js");
    return factory as unknown as Factory<Decoder>;
  }),
);

const withEncoder = wasmCodec(
  "jpeg-encode",
  emscripten(async () => {
    const { default: factory } = await import("@jsquash/jpeg/codec/enc/mozjpeg_enc.js");
    return factory as unknown as Factory<Encoder>;
  }),
);

/** All options of the encoder. Sequential files are encoded and decoded fastest. */
const ENCODING = {
  // Pillow's default.
  quality: 75,
  baseline: true,
  arithmetic: false,
  progressive: false,
  optimize_coding: true,
  smoothing: 0,
  quant_table: 3,
  trellis_multipass: false,
  trellis_opt_zero: false,
  trellis_opt_table: false,
  trellis_loops: 1,
  auto_subsample: true,
  chroma_subsample: 2,
  separate_chroma_quality: false,
  chroma_quality: 75,
} as const;

const GREYSCALE = 1;
const YCBCR = 3;

/** JPEG of 8-bit grey, colour or CMYK, sequential or progressive. */
export const jpeg: OutputPictureFormat = {
  name: "JPEG",
  mediaType: "image/jpeg",
  // libjpeg's JPEG_MAX_DIMENSION; the format itself has 65535.
  maxSide: 65500,
  matches: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
  measure: readFrame,
  orientation: readOrientation,
  pixelsDecoded: (size, needed) => pixelsDecoded(size, blockSizeFor(size, needed)),
  decode,
  encode,
};

async function decode(bytes: Uint8Array, needed?: Size): Promise<Picture> {
  const frame = readFrame(bytes);
  const { components } = frame;
  if (components !== 1 && components !== 3 && components !== 4) {
    throw new Error(`it has ${components} components, but 1, 3 or 4 are supported`);
  }
  const scaled = needed && (await decodeScaled(bytes, blockSizeFor(frame, needed)));
  if (scaled !== undefined) return scaled;
  checkScans(bytes);
  if (components === 4) return decodeCmyk(bytes);
  if (isTall(frame)) return decodeTall(readSegments(bytes), decodeColours);
  return convertPicture(await decodeColours(bytes), components === 1 ? "L" : "RGB");
}

/** Decodes a file at a smaller scale; undefined if it must be decoded at full size. */
async function decodeScaled(bytes: Uint8Array, size: BlockSize): Promise<Picture | undefined> {
  if (size === 8) return undefined;
  return (await import("./jpeg-scaled/decode-scaled.ts")).decodeScaled(bytes, size);
}

/** Decodes a file of one or three components to RGBA. */
async function decodeColours(bytes: Uint8Array): Promise<Picture> {
  const { value, warnings } = await withDecoder((codec) => codec.decode(bytes, false));
  if (value === null) throw new Error("the decoder gave no picture");
  // libjpeg only warns of coded data that ends early, and makes the rest of the picture grey.
  const early = warnings.find((line) => /premature end/i.test(line));
  if (early !== undefined) throw new Error(early);
  return fromRgba(value);
}

async function decodeCmyk(bytes: Uint8Array): Promise<Picture> {
  const { colours, black, ycck } = splitCmyk(bytes);
  const { width, height, data } = await decodeColours(colours);
  const keys = planeOf(await decodeColours(black), 2);
  return { width, height, channels: 3, data: cmykToRgb(data, keys, ycck) };
}

/**
 * Converts CMYK by Pillow's rule, which reads every CMYK JPEG like Adobe's: with each ink inverted,
 * so that 255 is none.
 *
 * @param colours four bytes a pixel: cyan, magenta and yellow as stored, or their inverse
 */
function cmykToRgb(colours: Uint8Array, keys: Uint8Array, inverse: boolean): Uint8Array {
  const rgb = new Uint8Array(keys.length * 3);
  for (let pixel = 0, to = 0; pixel < keys.length; pixel += 1) {
    const light = keys[pixel] as number;
    for (let channel = 0; channel < 3; channel += 1, to += 1) {
      const stored = colours[4 * pixel + channel] as number;
      rgb[to] = lightBehind(inverse ? stored : 255 - stored, light);
    }
  }
  return rgb;
}

async function encode(picture: Picture): Promise<Uint8Array> {
  const { width, height, channels } = picture;
  const { data } = convertPicture(picture, "RGBA");
  const options = { ...ENCODING, color_space: channels === 1 ? GREYSCALE : YCBCR };
  const { value } = await withEncoder((codec) => codec.encode(data, width, height, options));
  return value;
}

function fromRgba({ width, height, data }: Pixels): Picture {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { width, height, channels: 4, data: bytes };
}
