/** An ONNX model with one input, whose rows are along its first axis. */
import { openSession } from "../../../src/onnx/index.ts";
import type { Tensor } from "../../../src/tensor.ts";
import { type LoadContext, runnable } from "../../../src/worker/runnable.ts";

/** A model's file, and the backend to run it on. */
export interface ModelParams {
  readonly path: string;
  readonly backend: "native" | "wasm";
}

export default runnable(import.meta.url, async ({ params }: LoadContext<ModelParams>) => {
  const { path, backend } = params;
  const session = await openSession(path, { backend, warmUp: false });
  return {
    batched: { infer: (rows: Tensor) => session.run(rows) },
    close: () => session.close(),
  };
});
