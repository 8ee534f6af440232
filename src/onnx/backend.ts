/**
 * Backend: the interface of the three ways to run ONNX Runtime: native, in WASM and on WebGPU.
 * @module
 */

import type { InferenceSession } from "onnxruntime-web";
import type { Tensor, TensorSpec } from "../tensor.ts";
import type { ModelFile } from "./model-file.ts";

/** The names of all backends. */
export const BACKENDS = ["native", "wasm", "webgpu"] as const;

/** The name of a backend. */
export type BackendName = (typeof BACKENDS)[number];

/** The options with which a backend opens a model. */
export interface OpenOptions {
  /** Inference threads. */
  readonly threads: number;
  /** The compiled code of ONNX Runtime. */
  readonly wasmModule?: WebAssembly.Module | undefined;
  /** ONNX Runtime's own options, which override those that a backend sets. */
  readonly sessionOptions?: InferenceSession.SessionOptions | undefined;
  /** Called when the session cannot be used any more, before its runs fail with the reason. */
  readonly onLost?: ((reason: string) => void) | undefined;
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
  /** @throws Error with ONNX Runtime's message, if it cannot run the model */
  open(model: ModelFile, options: OpenOptions): Promise<BackendSession>;
}

/** A model to open, and how. */
export interface OpenRequest {
  readonly model: ModelFile;
  readonly options: OpenOptions;
  /** Compares the answers on WebGPU with those in WASM. */
  readonly verify: boolean;
}

/** A model that is open. */
export interface OpenModel {
  readonly backend: BackendName;
  readonly session: BackendSession;
  /** A text about the backend that follows the name of the model, and should be logged. */
  readonly notice?: string;
  /** As `notice`, but of no importance. */
  readonly detail?: string;
}
