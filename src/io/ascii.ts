/**
 * asciiText(): decodes ASCII, where that is faster than the runtime's `TextDecoder`.
 * @module
 */

/** The part of `node:buffer` that is used here. */
interface Buffers {
  readonly Buffer: { readonly prototype: { latin1Slice(start: number, end: number): string } };
  isAscii(bytes: Uint8Array): boolean;
}

/** The part of the global object that is used here. */
interface Globals {
  readonly Deno?: object;
  readonly process?: { getBuiltinModule?(name: string): Buffers | undefined };
}

const { Deno, process } = globalThis as Globals;

/** On Deno alone: Bun and Node decode ASCII as fast by `TextDecoder`. */
const buffers = Deno === undefined ? undefined : process?.getBuiltinModule?.("node:buffer");

/**
 * Returns the text of bytes that are ASCII; undefined for others, and on the runtimes whose
 * `TextDecoder` is as fast. Deno's takes three to seven times as long (test/bench/README.md).
 */
export function asciiText(bytes: Uint8Array): string | undefined {
  if (buffers?.isAscii(bytes) !== true) return undefined;
  return buffers.Buffer.prototype.latin1Slice.call(bytes, 0, bytes.length);
}
