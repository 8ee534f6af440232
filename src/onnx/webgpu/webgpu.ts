/**
 * ONNX Runtime on WebGPU (onnxruntime-web), on runtimes with `navigator.gpu` and a GPU adapter.
 * @module
 */

import { loadWebGpu } from "#onnx-builds";
import type { Backend, BackendSession, OpenOptions } from "../backend.ts";
import type { ModelFile } from "../model-file.ts";
import { ortTensor, wrapSession } from "../ort.ts";
import { createSession, prepare } from "../ort-web.ts";
import { GpuQueue } from "./gpu-queue.ts";
import { type GpuDevice, GpuSession } from "./gpu-session.ts";

/** The WebGPU backend. */
export const webgpu: Backend = { name: "webgpu", open };

/** The operations on the GPU of this thread: ONNX Runtime has one device for all sessions. */
const queue = new GpuQueue();

/**
 * The longest wait of a new session for the runs of others. A worker without a thread of its own
 * may have been abandoned in a run that never ends.
 */
const OPEN_WAIT_MS = 10_000;

async function open(
  model: ModelFile,
  { sessionOptions, onLost }: OpenOptions,
): Promise<BackendSession> {
  removeOpaqueLocation();
  const ort = await loadWebGpu();
  ort.env.wasm.numThreads = 1;
  const options = await prepare(ort, "webgpu", model, sessionOptions);
  return await queue.run(async () => {
    const created = await createSession(ort, model, options);
    try {
      const session = wrapSession(created, model.facts, sessionOptions, (tensor) =>
        ortTensor(ort, tensor),
      );
      // The promise of the device that all sessions share. The last one that is released ends it.
      const device = (await ort.env.webgpu.device) as unknown as GpuDevice;
      return new GpuSession(session, device, queue, onLost);
    } catch (error) {
      await created.release();
      throw error;
    }
  }, OPEN_WAIT_MS);
}

/**
 * Removes the `location` of a Deno worker, whose origin is "null": the package's GPU entry would
 * resolve its files by it, and fail. Without it, the package uses its own URL.
 */
function removeOpaqueLocation(): void {
  if ("Deno" in globalThis && globalThis.location?.origin === "null") {
    Reflect.deleteProperty(globalThis, "location");
  }
}
