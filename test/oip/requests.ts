/** Models and requests for the tests of the codec. */
import assert from "node:assert/strict";
import { joinBytes } from "../../src/bytes.ts";
import { ServiceError } from "../../src/error.ts";
import type { InferRequest } from "../../src/oip/messages.ts";
import { readInferRequest } from "../../src/oip/read-request.ts";
import type { ModelMetadata } from "../../src/service/models.ts";
import type { DType, TensorSpec } from "../../src/tensor.ts";

/** Returns a specification: an axis of -1 is open. */
export function spec(name: string, dtype: DType, shape: readonly number[]): TensorSpec {
  return { name, dtype, shape: shape.map((length) => (length === -1 ? "" : length)) };
}

/** Returns the metadata of a model. */
export function metadata(
  inputs: readonly TensorSpec[],
  more: Partial<ModelMetadata> = {},
): ModelMetadata {
  return {
    name: "m",
    version: "1",
    platform: "onnxruntime_onnx",
    inputs,
    outputs: [],
    rowAxes: undefined,
    maxBatchSize: 0,
    digest: undefined,
    classLabels: {},
    properties: {},
    ...more,
  };
}

/** A body and its header Inference-Header-Content-Length. */
export type Sent = readonly [body: Uint8Array, header?: string | undefined];

/** Returns a body of JSON. */
export function jsonBody(value: unknown): Sent {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return [new TextEncoder().encode(text)];
}

/** Returns a body of JSON and raw bytes. */
export function binaryBody(value: unknown, ...raw: readonly Uint8Array[]): Sent {
  const [json] = jsonBody(value);
  return [joinBytes([json, ...raw]), String(json.length)];
}

/** Reads a request for a model. */
export async function read(model: ModelMetadata, [body, header]: Sent): Promise<InferRequest> {
  return await readInferRequest(body, header, model);
}

/** Checks that a request is refused as an invalid argument, with a text that fits `reason`. */
export async function refuses(model: ModelMetadata, sent: Sent, reason: RegExp): Promise<void> {
  await assert.rejects(read(model, sent), (error) => {
    assert.ok(error instanceof ServiceError, String(error));
    assert.equal(error.code, "invalid_argument");
    assert.match(error.message, reason);
    return true;
  });
}
