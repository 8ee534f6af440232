/**
 * Inference responses as the bodies of HTTP responses.
 * @module
 */

import { joinBytes } from "../bytes.ts";
import { ByteWriter } from "../io/byte-writer.ts";
import type { IoHost } from "../io/io.ts";
import { defaultNonFinite, inTurns, TensorWriter } from "../io/tensor/writer.ts";
import { datatypeOf } from "./datatypes.ts";
import type { InferOutput, InferResponse } from "./messages.ts";
import { booleanOf } from "./parameters.ts";
import { rawOfTensor } from "./tensor-bytes.ts";

/** The body of a response. */
export interface ResponseBody {
  readonly body: Uint8Array<ArrayBuffer>;
  /**
   * The header Inference-Header-Content-Length, if raw bytes follow the JSON; undefined for a body
   * that is JSON.
   */
  readonly headerLength: number | undefined;
}

/**
 * Writes a response: JSON with flat, row-major data, followed by the raw bytes of the outputs that
 * were requested with `binary_data`, or with `binary_data_output` for all. NaN and Infinity in JSON
 * are as the host says.
 */
export async function writeInferResponse(
  response: InferResponse,
  host?: IoHost,
): Promise<ResponseBody> {
  const { modelName, modelVersion, id, outputs } = response;
  const target = new ByteWriter();
  const raw: Uint8Array[] = [];
  const head = { model_name: modelName, model_version: modelVersion, id };
  target.text(`${JSON.stringify(head).slice(0, -1)},"outputs":[`);
  for (const [at, output] of outputs.entries()) {
    const { name, tensor } = output;
    const facts = { name, datatype: datatypeOf(tensor.dtype), shape: tensor.shape };
    target.text(`${at === 0 ? "" : ","}${JSON.stringify(facts).slice(0, -1)},`);
    if (isBinary(response, output)) {
      const bytes = rawOfTensor(tensor, host);
      raw.push(bytes instanceof Promise ? await bytes : bytes);
      target.text(`"parameters":{"binary_data_size":${raw.at(-1)?.length}}}`);
    } else {
      target.text('"data":');
      const flat = { ...tensor, shape: [tensor.data.length] };
      await inTurns(new TensorWriter(flat, defaultNonFinite(host), target), host);
      target.text("}");
    }
  }
  target.text("]}");
  const json = target.finish();
  if (raw.length === 0) return { body: json, headerLength: undefined };
  return { body: joinBytes([json, ...raw]), headerLength: json.length };
}

function isBinary({ requested: all }: InferResponse, { requested }: InferOutput): boolean {
  return booleanOf(requested, "binary_data") ?? booleanOf(all, "binary_data_output") ?? false;
}
