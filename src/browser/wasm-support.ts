/**
 * Finds out what of WebAssembly this browser has.
 * @module
 */

/** A module of one function with an instruction of SIMD. */
const SIMD = [
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // the magic word, and version 1
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // type 0: () -> v128
  ...[0x03, 0x02, 0x01, 0x00], // function 0 is of type 0
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b], // i32.const 0, i8x16.splat
];

/** Returns what models need and this browser lacks; `undefined` if it has all. */
export function lackOfWasm(): string | undefined {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: typeof globalThis.WebAssembly };
  if (WebAssembly === undefined) return "this browser has no WebAssembly";
  const hasSimd = WebAssembly.validate(Uint8Array.from(SIMD));
  return hasSimd ? undefined : "this browser's WebAssembly has no SIMD";
}
