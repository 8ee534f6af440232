/**
 * The entry `ekiben/onnx`: ONNX models. It is apart from `ekiben`, so that a service with other
 * models does not load ONNX Runtime.
 * @module
 */

export { provideFile } from "../files/provided.ts";
export type { TensorSpec } from "../tensor.ts";
export type { BackendName } from "./backend.ts";
export type { DeclaredValue, ModelFacts, ValueType } from "./model-facts.ts";
export type { ModelSource } from "./model-file.ts";
export type { OutputChoice } from "./output-choice.ts";
export type { BackendChoice } from "./select.ts";
export {
  type OrtSessionOptions,
  openSession,
  type Session,
  type SessionOptions,
} from "./session.ts";
