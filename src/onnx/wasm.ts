/**
 * ONNX Runtime in WebAssembly (onnxruntime-web): the backend that is always there.
 * @module
 */

import type { InferenceSession } from "onnxruntime-web";
import { loadWasm, wasmFile, wasmModule } from "#onnx-builds";
import { workerHost } from "../worker-host.ts";
import type { Backend, BackendSession, OpenOptions } from "./backend.ts";
import { withCompiled } from "./fetched-wasm.ts";
import { GlobalPatch } from "./global-patch.ts";
import type { ModelFile } from "./model-file.ts";
import { ortTensor, wrapSession } from "./ort.ts";
import { createSession, prepare } from "./ort-web.ts";

/** The WASM backend. */
export const wasm: Backend = { name: "wasm", open };

async function open(
  model: ModelFile,
  { threads, wasmModule: given, sessionOptions }: OpenOptions,
): Promise<BackendSession> {
  const ort = await loadWasm();
  // Its own default is half the cores, which would be shared out once more to every worker.
  // A bundle for workerd has one thread.
  ort.env.wasm.numThreads = wasmModule === undefined ? threads : 1;
  const options = await prepare(ort, "wasm", model, sessionOptions);
  const create = (): Promise<InferenceSession> => createSession(ort, model, options);
  const wrap = (session: InferenceSession): BackendSession =>
    wrapSession(session, model.facts, sessionOptions, (tensor) => ortTensor(ort, tensor));
  const module = given ?? wasmModule ?? (threads > 1 ? undefined : await sharedModule());
  if (module === undefined) {
    const host = wasmFile() === undefined && threads === 1 ? workerHost() : undefined;
    return wrap(await (host === undefined ? create() : withCompiled(host.compile, create)));
  }
  const session = await patch.during(() => {
    ort.env.wasm.wasmBinary = STAND_IN.slice().buffer;
    return create();
  }, module);
  return wrap(session);
}

/** Returns the module that all workers of the process share; `undefined` outside a worker. */
async function sharedModule(): Promise<WebAssembly.Module | undefined> {
  const host = workerHost();
  const file = wasmFile();
  return host === undefined || file === undefined ? undefined : await host.compile(file);
}

/** An empty module, given in place of ONNX Runtime's 14 MB, which are compiled already. */
const STAND_IN = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/**
 * Lets ONNX Runtime, which takes bytes alone, instantiate a module that is compiled already: for
 * the time of the creation of a session, `WebAssembly.instantiate` recognises the stand-in by its
 * length. ONNX Runtime has one instance in a thread, which the first session makes.
 */
const patch = new GlobalPatch(replaceInstantiate);

/** Replaces `WebAssembly.instantiate`, and returns a function that puts it back. */
function replaceInstantiate(module: WebAssembly.Module): () => void {
  const real = WebAssembly.instantiate;
  const replaced = async (
    source: BufferSource | WebAssembly.Module,
    imports?: WebAssembly.Imports,
  ): Promise<unknown> => {
    if (source instanceof WebAssembly.Module) return await real(source, imports);
    if (source.byteLength !== STAND_IN.byteLength) return await real(source, imports);
    return { module, instance: await instanceOf(module, imports) };
  };
  WebAssembly.instantiate = replaced as typeof WebAssembly.instantiate;
  return () => {
    WebAssembly.instantiate = real;
  };

  async function instanceOf(
    given: WebAssembly.Module,
    imports?: WebAssembly.Imports,
  ): Promise<WebAssembly.Instance> {
    // In workerd at once: a request that ends in between would leave ONNX Runtime half made.
    if (given === wasmModule) return new WebAssembly.Instance(given, imports);
    return await real(given, imports);
  }
}
