/**
 * What the three backends share: ONNX Runtime's own JavaScript interface, which onnxruntime-web
 * and onnxruntime-node both implement, turned into ours.
 * @module
 */

import type { InferenceSession, Tensor as OrtTensor, TypedTensor } from "onnxruntime-web";
import { isDType, type Tensor } from "../tensor.ts";
import type { BackendSession, TensorSpec } from "./backend.ts";

/** The part of ONNX Runtime's module that is needed to run a session. */
export interface OrtModule {
  readonly Tensor: new (
    type: OrtTensor.Type,
    data: OrtTensor.DataType,
    dims: readonly number[],
  ) => OrtTensor;
}

/** ONNX Runtime's tensor on the same memory. */
export function ortTensor(ort: OrtModule, { dtype, data, shape }: Tensor): OrtTensor {
  return new ort.Tensor(dtype, data as OrtTensor.DataType, shape);
}

/**
 * An ONNX Runtime session behind our interface.
 *
 * @param toOrt makes ONNX Runtime's tensor of ours
 */
export function wrapSession(
  session: InferenceSession,
  toOrt: (tensor: Tensor) => OrtTensor,
): BackendSession {
  return {
    inputs: session.inputMetadata.map(specOf),
    outputs: session.outputMetadata.map(specOf),
    async run(inputs, outputs) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]),
      );
      const results = await session.run(feeds, outputs);
      return Object.fromEntries(
        Object.entries(results).map(([name, result]) => [name, fromOrt(name, result)]),
      );
    },
    close: () => session.release(),
  };
}

function specOf(metadata: InferenceSession.ValueMetadata): TensorSpec {
  if (!metadata.isTensor) return { name: metadata.name, dtype: undefined, shape: [] };
  const { name, type, shape } = metadata;
  return { name, dtype: isDType(type) ? type : undefined, shape };
}

function fromOrt(name: string, { type, dims, data }: OrtTensor): Tensor {
  if (!isDType(type)) throw new TypeError(`Output "${name}" is of type ${type}, which is unknown`);
  const shape = [...dims];
  if (type === "float16" && data instanceof Uint16Array) {
    // Engines without Float16Array at ONNX Runtime's load give the bits.
    const bits = data as TypedTensor<"float16">["data"] & Uint16Array;
    return { dtype: type, shape, data: new Float16Array(bits.slice().buffer) };
  }
  return { dtype: type, shape, data: data as Tensor["data"] };
}
