/**
 * PNG: decoded by the Rust `png` crate compiled to WebAssembly (`@jsquash/png`), once our own
 * walk over its chunks has found nothing wrong; encoded by `fast-png`.
 *
 * Two libraries, because each does one half badly. The crate as compiled writes RGBA only, so a
 * grey mask would come back with four channels. fast-png inflates without bound, fills a file
 * that was cut short with zeros, and mixes up interlaced rows of 1, 2 and 4 bits.
 * @module
 */

import { convertPicture, type Picture } from "../picture.ts";
import { type Format, textAt } from "./format.ts";
import { checkData } from "./png-bounds.ts";
import { readHeader, readPixels, SIGNATURE } from "./png-chunks.ts";
import { makePngCrate } from "./png-crate.ts";
import { wasmCodec } from "./wasm.ts";

const withDecoder = wasmCodec("png-decode", makePngCrate);

/** PNG of every colour type, depth and interlace; of an animation, its still picture. */
export const png: Format = {
  name: "PNG",
  mediaType: "image/png",
  // Section 7.1 allows 2**31 - 1; what a picture in memory can have is far less.
  maxSide: 2 ** 31 - 1,
  matches: (bytes) => textAt(bytes, 0, 8) === SIGNATURE,
  measure: readHeader,
  decode,
  encode,
};

async function decode(bytes: Uint8Array): Promise<Picture> {
  const header = readHeader(bytes);
  const { file, data, alpha } = readPixels(bytes, header);
  await checkData(data, header);
  const { value } = await withDecoder((crate) => crate.decode(file));
  return convertPicture(value, alpha ? "RGBA" : header.colourType === 0 ? "L" : "RGB");
}

async function encode({ width, height, channels, data }: Picture): Promise<Uint8Array> {
  const { encode } = await import("fast-png");
  return encode({ width, height, channels, data });
}
