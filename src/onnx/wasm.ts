/**
 * ONNX Runtime in WebAssembly (onnxruntime-web): the backend that is always there.
 * @module
 */

import type { InferenceSession } from "onnxruntime-web";
import { workerHost } from "../worker-host.ts";
import type { Backend, BackendSession, OpenOptions } from "./backend.ts";
import type { ModelFile } from "./model-file.ts";
import { ortTensor, wrapSession } from "./ort.ts";
import { prepare } from "./ort-web.ts";

/** The WASM backend. */
export const wasm: Backend = { name: "wasm", open };

async function open(
  model: ModelFile,
  { threads, sessionOptions }: OpenOptions,
): Promise<BackendSession> {
  // The package's root entry: the one that loads in the workers of Bun, Deno and Node alike.
  const ort = await import("onnxruntime-web");
  // Its own default is half the cores, which would be shared out once more to every worker.
  ort.env.wasm.numThreads = threads;
  const options = await prepare(ort, "wasm", model, sessionOptions);
  const create = (): Promise<InferenceSession> => ort.InferenceSession.create(model.bytes, options);
  const host = workerHost();
  const wrap = (session: InferenceSession): BackendSession =>
    wrapSession(session, model.facts, sessionOptions, (tensor) => ortTensor(ort, tensor));
  if (host === undefined || threads > 1) return wrap(await create());
  const file = new URL("ort-wasm-simd-threaded.wasm", import.meta.resolve("onnxruntime-web"));
  const session = await withModule(await host.compile(file), () => {
    ort.env.wasm.wasmBinary = STAND_IN.slice().buffer;
    return create();
  });
  return wrap(session);
}

/** An empty module, given in place of ONNX Runtime's 14 MB, which are compiled already. */
const STAND_IN = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/**
 * Lets `create` instantiate a module that is compiled already: ONNX Runtime takes bytes alone, so
 * for that time `WebAssembly.instantiate` recognises the stand-in by its length.
 */
async function withModule<T>(module: WebAssembly.Module, create: () => Promise<T>): Promise<T> {
  const real = WebAssembly.instantiate;
  const hooked = async (
    source: BufferSource | WebAssembly.Module,
    imports?: WebAssembly.Imports,
  ): Promise<unknown> => {
    if (source instanceof WebAssembly.Module) return await real(source, imports);
    if (source.byteLength !== STAND_IN.byteLength) return await real(source, imports);
    return { module, instance: await real(module, imports) };
  };
  WebAssembly.instantiate = hooked as typeof WebAssembly.instantiate;
  try {
    return await create();
  } finally {
    WebAssembly.instantiate = real;
  }
}
