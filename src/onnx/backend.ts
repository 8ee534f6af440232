/**
 * Backend: the one small interface behind which ONNX Runtime runs natively, in WASM or on WebGPU.
 * @module
 */

import type { DType, Tensor } from "../tensor.ts";

/** The backends there are. */
export const BACKENDS = ["native", "wasm", "webgpu"] as const;

/** The name of a backend. */
export type BackendName = (typeof BACKENDS)[number];

/** One input or output of a model. */
export interface TensorSpec {
  readonly name: string;
  /** `undefined` for a type that no tensor here can hold. */
  readonly dtype: DType | undefined;
  /** The length of each axis; a name (or `""`) where the model leaves it open. */
  readonly shape: readonly (number | string)[];
}

/** How a backend opens a model. */
export interface OpenOptions {
  /** Inference threads. */
  readonly threads: number;
}

/** A model opened on a backend. */
export interface BackendSession {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Runs the model; the inputs have been checked. */
  run(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
  ): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

/** A way to run ONNX models. */
export interface Backend {
  readonly name: BackendName;
  /** @throws Error with ONNX Runtime's words when the bytes are not a model it can run */
  open(model: Uint8Array, options: OpenOptions): Promise<BackendSession>;
}
