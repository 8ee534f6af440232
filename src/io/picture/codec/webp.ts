/**
 * WebP, by libwebp compiled to WebAssembly (`@jsquash/webp`). The container is Google's "WebP
 * Container Specification"; the two bit streams are RFC 6386 (VP8) and RFC 9649 (VP8L).
 * @module
 */

import { convertPicture, type Picture } from "../picture.ts";
import { emscripten, type Factory } from "./emscripten.ts";
import { type OutputPictureFormat, type Size, textAt, viewOf } from "./format.ts";
import { wasmCodec } from "./wasm.ts";
import { readFirstFrame, readHeader, readOrientation, type WebpFrame } from "./webp-chunks.ts";

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: Uint8ClampedArray;
}

interface Decoder {
  decode(bytes: Uint8Array): Pixels | null;
}

interface Encoder {
  encode(rgba: Uint8Array, width: number, height: number, options: object): Uint8Array | null;
}

// The types of the packages need a global namespace that they do not load, so the modules are cast
// to the types below.
const withDecoder = wasmCodec(
  "webp-decode",
  emscripten(async () => {
    const { default: factory } = await import("@jsquash/webp/codec/dec/webp_dec.js");
    return factory as unknown as Factory<Decoder>;
  }),
);

const withEncoder = wasmCodec(
  "webp-encode",
  emscripten(async () => {
    const { default: factory } = await import("@jsquash/webp/codec/enc/webp_enc_simd.js");
    return factory as unknown as Factory<Encoder>;
  }),
);

/** All options of the encoder: libwebp's defaults, with Pillow's quality of 80. */
const ENCODING = {
  quality: 80,
  target_size: 0,
  target_PSNR: 0,
  method: 4,
  sns_strength: 50,
  filter_strength: 60,
  filter_sharpness: 0,
  filter_type: 1,
  partitions: 0,
  segments: 4,
  pass: 1,
  show_compressed: 0,
  preprocessing: 0,
  autofilter: 0,
  partition_limit: 0,
  alpha_compression: 1,
  alpha_filtering: 1,
  alpha_quality: 100,
  lossless: 0,
  exact: 0,
  image_hint: 0,
  emulate_jpeg_size: 0,
  thread_level: 0,
  low_memory: 0,
  near_lossless: 100,
  use_delta_palette: 0,
  use_sharp_yuv: 0,
} as const;

/** WebP, lossy or lossless, with alpha or without; of an animation, the first frame. */
export const webp: OutputPictureFormat = {
  name: "WebP",
  mediaType: "image/webp",
  maxSide: 16383,
  matches: (bytes) => textAt(bytes, 0, 4) === "RIFF" && textAt(bytes, 8, 4) === "WEBP",
  measure: readHeader,
  orientation: readOrientation,
  decode,
  encode,
};

async function decode(bytes: Uint8Array): Promise<Picture> {
  const header = readHeader(bytes);
  const declared = viewOf(bytes).getUint32(4, true) + 8;
  if (declared > bytes.length) throw new Error(`it ends at ${bytes.length} of ${declared} bytes`);
  const mode = header.alpha ? "RGBA" : "RGB";
  if (!header.animated) return convertPicture(await decodeStill(bytes), mode);
  const frame = readFirstFrame(bytes, header);
  return convertPicture(drawFrame(frame, await decodeStill(frame.file), header), mode);
}

/** RGBA. */
async function decodeStill(bytes: Uint8Array): Promise<Picture> {
  const { value } = await withDecoder((codec) => codec.decode(bytes));
  if (value === null) throw new Error("its coded data is broken");
  const { width, height, data } = value;
  const rgba = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { width, height, channels: 4, data: rgba };
}

/** Draws the first frame on a transparent canvas, where blending has no effect. */
function drawFrame(frame: WebpFrame, picture: Picture, { width, height }: Size): Picture {
  if (picture.width !== frame.width || picture.height !== frame.height) {
    throw new Error("its first frame has another size than it declares");
  }
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < frame.height; y += 1) {
    const row = picture.data.subarray(y * frame.width * 4, (y + 1) * frame.width * 4);
    data.set(row, ((frame.top + y) * width + frame.left) * 4);
  }
  return { width, height, channels: 4, data };
}

async function encode(picture: Picture): Promise<Uint8Array> {
  const { width, height } = picture;
  const { data } = convertPicture(picture, "RGBA");
  const { value } = await withEncoder((codec) => codec.encode(data, width, height, ENCODING));
  if (value === null) throw new Error("The WebP encoder gave no file");
  return value;
}
