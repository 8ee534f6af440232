/**
 * The compiled codecs: loads their code on each runtime, and keeps one instance of each.
 * @module
 */

import { files } from "#files";
import { code } from "#picture-code";
import { messageOf, ServiceError } from "../../../error.ts";
import { MIB } from "../../../limits.ts";

/** The files of compiled code; each is loaded when it is first needed. */
const FILES = {
  "jpeg-decode": "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm",
  "jpeg-encode": "@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm",
  "png-decode": "@jsquash/png/codec/pkg/squoosh_png_bg.wasm",
  "webp-decode": "@jsquash/webp/codec/dec/webp_dec.wasm",
  "webp-encode": "@jsquash/webp/codec/enc/webp_enc_simd.wasm",
} as const;

/** The name of a compiled codec, for example `jpeg-decode`. */
export type WasmCodec = keyof typeof FILES;

/** An idle instance with more memory is dropped, because that memory can only grow. */
const MAX_IDLE_BYTES = 64 * MIB;

const provided = new Map<WasmCodec, WebAssembly.Module>();

/**
 * Provides the code of a codec, where it cannot be read from the package's own files: in a bundle
 * for a browser, whose bundler has not put them beside it.
 *
 * @example
 * import jpegDecode from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";
 * provideWasm("jpeg-decode", jpegDecode);
 */
export function provideWasm(codec: WasmCodec, module: WebAssembly.Module): void {
  if (!Object.hasOwn(FILES, codec)) {
    const names = Object.keys(FILES).join(", ");
    throw new RangeError(`A compiled codec is one of ${names}, but was ${String(codec)}`);
  }
  if (!(module instanceof WebAssembly.Module)) {
    throw new TypeError(`The code of ${codec} must be a WebAssembly.Module`);
  }
  provided.set(codec, module);
}

/** The part that all instances have. */
export interface Instance {
  /** Its memory. */
  readonly HEAPU8?: Uint8Array;
}

/**
 * Makes an instance of compiled code. Without code, the package loads its own: in a browser, where
 * a bundler has rewritten the address.
 */
export type Make<M extends Instance> = (
  code: WebAssembly.Module | undefined,
  print: (line: string) => void,
) => Promise<M>;

/** The result of a call of a codec. */
export interface Outcome<T> {
  readonly value: T;
  /** The warnings that the codec printed. */
  readonly warnings: readonly string[];
}

/**
 * Returns a function that calls one codec, whose instance is made at the first call and kept.
 *
 * @param make called for the first call, and again after one that failed
 * @returns a function that runs `use` on the instance; it throws an `Error` with the codec's output
 *   if `use` throws, or the ServiceError `internal` if the codec cannot be loaded
 */
export function wasmCodec<M extends Instance>(
  codec: WasmCodec,
  make: Make<M>,
): <T>(use: (module: M) => T) => Promise<Outcome<T>> {
  let lines: string[] = [];
  let kept: Promise<M> | undefined;
  const drop = (): void => {
    kept = undefined;
  };
  const instance = (): Promise<M> => {
    kept ??= codeOf(codec).then((code) => make(code, (line) => lines.push(line)));
    return kept;
  };
  return async (use) => {
    let module: M;
    let awaited: Promise<M>;
    do {
      awaited = instance();
      module = await awaited.catch((cause: unknown) => {
        drop();
        throw new ServiceError("internal", `The ${codec} codec could not be loaded`, { cause });
      });
      // Another call may have broken this instance meanwhile.
    } while (awaited !== kept);
    lines = [];
    try {
      const value = use(module);
      if ((module.HEAPU8?.byteLength ?? 0) > MAX_IDLE_BYTES) drop();
      return { value, warnings: lines };
    } catch (cause) {
      // Its memory is leaked and its state unknown, so the next call gets a new one.
      drop();
      throw new Error(lines.join("; ") || messageOf(cause), { cause });
    }
  };
}

async function codeOf(codec: WasmCodec): Promise<WebAssembly.Module | undefined> {
  const given = provided.get(codec) ?? code[codec];
  if (given !== undefined) return given;
  if (files === undefined) return undefined;
  const bytes = await files.read(new URL(import.meta.resolve(FILES[codec])));
  const module = await WebAssembly.compile(bytes);
  provided.set(codec, module);
  return module;
}
