/**
 * The common part of the three backends: converts between our interface and ONNX Runtime's own,
 * which onnxruntime-web and onnxruntime-node both implement.
 * @module
 */

import type { InferenceSession, Tensor as OrtTensor, TypedTensor } from "onnxruntime-web";
import { invalidArgument } from "../error.ts";
import { DTYPES, isDType, type Tensor, type TensorSpec } from "../tensor.ts";
import type { BackendSession } from "./backend.ts";
import type { DeclaredValue, ModelFacts } from "./model-facts.ts";
import { warn } from "./notices.ts";

/** The part of ONNX Runtime's module that is needed to run a session. */
export interface OrtModule {
  readonly Tensor: new (
    type: OrtTensor.Type,
    data: OrtTensor.DataType,
    dims: readonly number[],
  ) => OrtTensor;
}

/**
 * The log level of sessions and runs. Failures are thrown as errors as well, and ONNX Runtime
 * writes its own coloured lines past any logger.
 */
export const LOG_FATAL = { logSeverityLevel: 4 } as const;

/**
 * Returns ONNX Runtime's tensor on the same memory.
 *
 * @throws ServiceError `invalid_argument` for a text with a NUL, at which ONNX Runtime's bindings
 *   for JavaScript would end it
 */
export function ortTensor(ort: OrtModule, { dtype, data, shape }: Tensor): OrtTensor {
  if (dtype === "string") {
    const at = (data as readonly string[]).findIndex((text) => text.includes("\0"));
    if (at >= 0) throw invalidArgument(`The text at ${at} has a NUL, which models cannot read`);
  }
  return new ort.Tensor(dtype, data as OrtTensor.DataType, shape);
}

/**
 * Wraps an ONNX Runtime session in our interface. Outputs that are not tensors of a dtype are left
 * out, with a warning: the native library ends the process that asks it for a tensor of int4.
 *
 * @param toOrt converts our tensor to ONNX Runtime's
 * @throws Error for an input that is not a tensor of a dtype, and if no output is one
 */
export function wrapSession(
  session: InferenceSession,
  facts: ModelFacts | undefined,
  options: InferenceSession.SessionOptions | undefined,
  toOrt: (tensor: Tensor) => OrtTensor,
): BackendSession {
  const runOptions = { ...LOG_FATAL, ...logLevelOf(options) };
  return {
    inputs: session.inputMetadata.map((each) => inputSpec(each, facts?.inputs.get(each.name))),
    outputs: outputSpecs(session.outputMetadata, facts),
    async run(inputs, outputs) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]),
      );
      const results = await session.run(feeds, outputs, runOptions);
      const tensors: Record<string, Tensor> = {};
      for (const [name, result] of Object.entries(results)) {
        tensors[name] = await fromOrt(name, result);
      }
      return tensors;
    },
    close: () => session.release(),
  };
}

function logLevelOf({
  logSeverityLevel,
}: InferenceSession.SessionOptions = {}): InferenceSession.RunOptions {
  return logSeverityLevel === undefined ? {} : { logSeverityLevel };
}

function inputSpec(
  metadata: InferenceSession.ValueMetadata,
  declared: DeclaredValue | undefined,
): TensorSpec {
  if (isUsable(metadata)) return specOf(metadata, declared);
  const wanted = metadata.isTensor
    ? `but only tensors of ${DTYPES.join(", ")} can be given: export it with a Cast in front`
    : "but only tensors can be given: export it with tensors as inputs";
  throw new Error(`its input "${metadata.name}" is ${describe(metadata, declared)}, ${wanted}`);
}

/** Returns true for a tensor whose elements JavaScript has. */
function isUsable(
  value: InferenceSession.ValueMetadata,
): value is InferenceSession.TensorValueMetadata {
  return value.isTensor && isDType(value.type);
}

function outputSpecs(
  outputs: readonly InferenceSession.ValueMetadata[],
  facts: ModelFacts | undefined,
): readonly TensorSpec[] {
  const declaredOf = (name: string): DeclaredValue | undefined => facts?.outputs.get(name);
  const tensors = outputs.filter(isUsable);
  const others = outputs.filter((each) => !isUsable(each));
  const cure = facts?.operators.has("ZipMap")
    ? 'export the model with skl2onnx\'s option {"zipmap": False} to have it as a tensor'
    : "export the model with a tensor in its place, such as of float32";
  const listed = others
    .map((each) => `"${each.name}" is ${describe(each, declaredOf(each.name))}`)
    .join(", ");
  if (tensors.length === 0 && others.length > 0) {
    throw new Error(`none of its outputs is a tensor that can be read: ${listed}; ${cure}`);
  }
  if (others.length > 0) {
    warn(
      `An output of the model is no tensor that can be read and is left out: ${listed}; ${cure}`,
    );
  }
  return tensors.map((each) => specOf(each, declaredOf(each.name)));
}

function describe(
  value: InferenceSession.ValueMetadata,
  { type }: DeclaredValue = { type: "tensor", hasShape: false },
): string {
  if (value.isTensor) return `a tensor of ${value.type ?? "a type that is unknown"}`;
  return type === "tensor" ? "no tensor" : type === "optional" ? "optional" : `a ${type}`;
}

function specOf(
  { name, type, shape }: InferenceSession.TensorValueMetadata,
  declared: DeclaredValue | undefined,
): TensorSpec {
  const dtype = isDType(type) ? type : undefined;
  // ONNX Runtime gives [] both for a scalar and for no shape at all.
  const anyRank = shape.length === 0 && declared?.hasShape === false;
  return { name, dtype, shape: anyRank ? undefined : shape.map(axisOf) };
}

/**
 * Returns the length or the name of an axis. One without a name is "" on the native backend, and -1
 * on the WASM backend, which reads it as an unsigned 32-bit number.
 */
function axisOf(axis: number | string): number | string {
  if (typeof axis === "string") return PLACEHOLDER.test(axis) ? "" : axis;
  return axis < 0 || axis >= 2 ** 31 ? "" : axis;
}

/** Placeholders that exporters use for any open axis: axes that share one may differ in length. */
const PLACEHOLDER = /^\W*$|^-?\d+$|^(none|null|nan|any|unk|unknown|undefined|dynamic)$/i;

/** Converts an output. One on the GPU is copied from there, and its memory there is freed. */
async function fromOrt(name: string, output: OrtTensor): Promise<Tensor> {
  const { type, dims } = output;
  const isHere = output.location === "cpu" || output.location === "cpu-pinned";
  const data = isHere ? output.data : await output.getData(true);
  if (!isDType(type)) throw new TypeError(`Output "${name}" is of type ${type}, which is unknown`);
  const shape = [...dims];
  if (type === "float16" && data instanceof Uint16Array) {
    // Engines without Float16Array at ONNX Runtime's load give the bits.
    const bits = data as TypedTensor<"float16">["data"] & Uint16Array;
    return { dtype: type, shape, data: new Float16Array(bits.slice().buffer) };
  }
  return { dtype: type, shape, data: data as Tensor["data"] };
}
