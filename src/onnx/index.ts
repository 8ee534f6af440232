/**
 * ONNX models: `import { openSession } from "ekiben/onnx"`. Apart from the main entry, so that a
 * service whose models are other code does not load ONNX Runtime.
 * @module
 */

export type { BackendName, TensorSpec } from "./backend.ts";
export type { DeclaredValue, ModelFacts, ValueKind } from "./model-facts.ts";
export type { ModelSource } from "./model-file.ts";
export type { BackendChoice } from "./select.ts";
export {
  type OrtSessionOptions,
  openSession,
  type Session,
  type SessionOptions,
} from "./session.ts";
