/**
 * ONNX Runtime as a native library (onnxruntime-node), if a user has installed it: 4 to 8 times
 * faster than WASM.
 * @module
 */

import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-web";
import { loadNative } from "#onnx-builds";
import { messageOf } from "../error.ts";
import type { Tensor } from "../tensor.ts";
import { nativeCall } from "../worker-host.ts";
import type { Backend, BackendSession, OpenOptions } from "./backend.ts";
import type { ModelFile } from "./model-file.ts";
import { LOG_FATAL, ortTensor, wrapSession } from "./ort.ts";

/** The native backend. */
export const native: Backend = { name: "native", open };

/** Opens a model. Its thread is never stopped inside the library. */
async function open(model: ModelFile, options: OpenOptions): Promise<BackendSession> {
  const session = await nativeCall(() => openModel(model, options));
  return {
    ...session,
    run: (inputs, outputs) => nativeCall(() => session.run(inputs, outputs)),
    close: () => nativeCall(() => session.close()),
  };
}

async function openModel(
  model: ModelFile,
  { threads, sessionOptions }: OpenOptions,
): Promise<BackendSession> {
  const ort = await importNative();
  const options = {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    ...LOG_FATAL,
    ...sessionOptions,
  };
  const session = await create(ort, model, options);
  return wrapSession(session, model.facts, sessionOptions, (tensor) =>
    asBits(tensor, ortTensor(ort, tensor)),
  );
}

/** Creates the session, by path if the weights are in files: the library then maps them itself. */
async function create(
  ort: typeof import("onnxruntime-web"),
  { bytes, facts, path }: ModelFile,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const [external] = facts?.externalFiles ?? [];
  if (external === undefined) return await ort.InferenceSession.create(bytes, options);
  if (path !== undefined) return await ort.InferenceSession.create(path, options);
  throw new Error(
    `its weights are in "${external}", which the native backend reads from files only: ` +
      'open the model by its path, or on the backend "wasm"',
  );
}

/**
 * Replaces float16 elements by their bits: the library does not support Float16Array, and reads one
 * as empty on Node and Bun, or ends the process on Deno (onnxruntime-node 1.30).
 */
function asBits({ data }: Tensor, ortTensor: OrtTensor): OrtTensor {
  if (data instanceof Float16Array) {
    const bits = new Uint16Array(data.buffer, data.byteOffset, data.length);
    Object.defineProperty(ortTensor, "data", { value: bits });
  }
  return ortTensor;
}

/** Loads the package. @throws Error with advice if it cannot be loaded */
async function importNative(): Promise<typeof import("onnxruntime-web")> {
  try {
    const ort = await loadNative();
    ort.env.logLevel = "fatal";
    return ort;
  } catch (error) {
    throw new Error(
      'The backend "native" needs the package onnxruntime-node, which could not be loaded: ' +
        messageOf(error).split("\n", 1)[0],
      { cause: error },
    );
  }
}
