/**
 * WebP, by libwebp compiled to WebAssembly (`@jsquash/webp`). The container is Google's "WebP
 * Container Specification"; the two bit streams are RFC 6386 (VP8) and RFC 9649 (VP8L).
 * @module
 */

import { convertPicture, type Picture } from "../picture.ts";
import { emscripten, type Factory } from "./emscripten.ts";
import { type Format, type Size, textAt, viewOf } from "./format.ts";
import { wasmCodec } from "./wasm.ts";

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

// The packages describe their modules by a global namespace that they do not load, so the casts
// below give the shapes that are used.
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

/** All that the encoder wants to be told: libwebp's defaults but for Pillow's quality of 80. */
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

/** WebP, lossy or lossless, with alpha or without; animations are refused. */
export const webp: Format = {
  name: "WebP",
  mediaType: "image/webp",
  maxSide: 16383,
  matches: (bytes) => textAt(bytes, 0, 4) === "RIFF" && textAt(bytes, 8, 4) === "WEBP",
  measure: (bytes) => readHeader(bytes),
  decode,
  encode,
};

interface Header extends Size {
  readonly alpha: boolean;
}

async function decode(bytes: Uint8Array): Promise<Picture> {
  const { alpha } = readHeader(bytes);
  const declared = viewOf(bytes).getUint32(4, true) + 8;
  if (declared > bytes.length) throw new Error(`it ends at ${bytes.length} of ${declared} bytes`);
  const { value } = await withDecoder((codec) => codec.decode(bytes));
  if (value === null) throw new Error("its coded data is broken");
  const { width, height, data } = value;
  const rgba = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return convertPicture({ width, height, channels: 4, data: rgba }, alpha ? "RGBA" : "RGB");
}

async function encode(picture: Picture): Promise<Uint8Array> {
  const { width, height } = picture;
  const { data } = convertPicture(picture, "RGBA");
  const { value } = await withEncoder((codec) => codec.encode(data, width, height, ENCODING));
  if (value === null) throw new Error("The WebP encoder gave no file");
  return value;
}

/** The first chunk after the RIFF header, which says the size of the canvas. */
function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < 30) throw new Error("it ends within its header");
  const view = viewOf(bytes);
  const chunk = textAt(bytes, 12, 4);
  if (chunk === "VP8 ") {
    // A frame tag of 3 bytes, a start code of 3, then 14 bits a side (RFC 6386, section 9.1).
    if ((view.getUint8(20) & 1) !== 0) throw new Error("it does not begin with a key frame");
    if (textAt(bytes, 23, 3) !== "\x9d\x01\x2a") throw new Error("its VP8 start code is wrong");
    const width = view.getUint16(26, true) & 0x3fff;
    return { width, height: view.getUint16(28, true) & 0x3fff, alpha: false };
  }
  if (chunk === "VP8L") {
    // A signature of 1 byte, 14 bits a side less one, 1 bit of alpha (RFC 9649, section 3.4).
    if (view.getUint8(20) !== 0x2f) throw new Error("its VP8L signature is wrong");
    const bits = view.getUint32(21, true);
    const height = ((bits >>> 14) & 0x3fff) + 1;
    return { width: (bits & 0x3fff) + 1, height, alpha: ((bits >>> 28) & 1) === 1 };
  }
  if (chunk === "VP8X") {
    // Flags of 1 byte, 3 bytes reserved, 24 bits a side less one.
    const flags = view.getUint8(20);
    if ((flags & 0x02) !== 0) throw new Error("it is an animation, which is not supported");
    const width = (view.getUint32(24, true) & 0xffffff) + 1;
    return { width, height: (view.getUint32(26, true) >>> 8) + 1, alpha: (flags & 0x10) !== 0 };
  }
  throw new Error(`it begins with a chunk ${JSON.stringify(chunk)}, not VP8, VP8L or VP8X`);
}
