/**
 * ONNX Runtime on WebGPU (onnxruntime-web/webgpu), where the runtime has `navigator.gpu` and an
 * adapter behind it.
 * @module
 */

import type { Backend, BackendSession, OpenOptions } from "./backend.ts";
import type { ModelFile } from "./model-file.ts";
import { ortTensor, wrapSession } from "./ort.ts";
import { prepare } from "./ort-web.ts";

/** The WebGPU backend. */
export const webgpu: Backend = { name: "webgpu", open };

/**
 * What runs on the GPU of this thread, in turn: a second `run()` beside a first never comes back,
 * and a second `create()` is refused (onnxruntime-web 1.30).
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
  const ort = await import("onnxruntime-web/webgpu");
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
 * A Deno worker has a `location` with the origin "null", against which the package's GPU entry
 * resolves its own files and fails. Without one it takes the file's own URL.
 */
function removeOpaqueLocation(): void {
  if ("Deno" in globalThis && globalThis.location?.origin === "null") {
    Reflect.deleteProperty(globalThis, "location");
  }
}
