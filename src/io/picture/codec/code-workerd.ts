/**
 * The code of the codecs in workerd, which compiles no bytes while it runs: the modules are part of
 * the bundle.
 * @module
 */

import jpegDecode from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";
import jpegEncode from "@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm";
import pngDecode from "@jsquash/png/codec/pkg/squoosh_png_bg.wasm";
import webpDecode from "@jsquash/webp/codec/dec/webp_dec.wasm";
import webpEncode from "@jsquash/webp/codec/enc/webp_enc_simd.wasm";
import type { WasmCodec } from "./wasm.ts";

/** The modules of all codecs. */
export const code: Readonly<Partial<Record<WasmCodec, WebAssembly.Module>>> = {
  "jpeg-decode": jpegDecode,
  "jpeg-encode": jpegEncode,
  "png-decode": pngDecode,
  "webp-decode": webpDecode,
  "webp-encode": webpEncode,
};
