/**
 * ONNX Runtime on WebGPU (onnxruntime-web/webgpu), on runtimes with `navigator.gpu` and a GPU
 * adapter.
 * @module
 */

import { loadWebGpu } from "#onnx-builds";
import type { Backend, BackendSession, OpenOptions } from "./backend.ts";
import type { ModelFile } from "./model-file.ts";
import { ortTensor, wrapSession } from "./ort.ts";
import { prepare } from "./ort-web.ts";

/** The WebGPU backend. */
export const webgpu: Backend = { name: "webgpu", open };

/**
 * The last operation on the GPU of this thread. Operations run one after another: of two `run()`
 * at a time, one never ends, and of two `create()`, one is refused (onnxruntime-web 1.30).
 */
let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work, work);
  last = turn;
  return turn;
}

async function open(model: ModelFile, { sessionOptions }: OpenOptions): Promise<BackendSession> {
  await requireAdapter();
  removeOpaqueLocation();
  const ort = await loadWebGpu();
  ort.env.wasm.numThreads = 1;
  const options = await prepare(ort, "webgpu", model, sessionOptions);
  const session = await inTurn(() => ort.InferenceSession.create(model.bytes, options));
  const inner = wrapSession(session, model.facts, sessionOptions, (tensor) =>
    ortTensor(ort, tensor),
  );
  return {
    ...inner,
    run: (inputs, outputs) => inTurn(() => inner.run(inputs, outputs)),
    close: () => inTurn(() => inner.close()),
  };
}

interface Gpu {
  requestAdapter(): Promise<unknown>;
}

async function requireAdapter(): Promise<void> {
  const { gpu } = globalThis.navigator as { readonly gpu?: Gpu };
  if (gpu === undefined) {
    throw new Error(
      'The backend "webgpu" needs navigator.gpu, which this runtime does not have: use Deno or a ' +
        'browser, or the backend "wasm"',
    );
  }
  if ((await gpu.requestAdapter()) !== null) return;
  throw new Error('The backend "webgpu" found no GPU adapter: check the driver, or use "wasm"');
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
