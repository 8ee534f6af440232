/**
 * Sample inferences of models of the Open Inference Protocol.
 * @module
 */

import type { BenchRequest } from "./http-call.ts";

/** The size of an element of each datatype, in bytes; an empty text is its length alone. */
const SIZES: Readonly<Record<string, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 4,
};

/** The longest wait for a document, in milliseconds. */
const TIMEOUT_MS = 10_000;
const HEADER_LENGTH = "Inference-Header-Content-Length";

interface Metadata {
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
  }[];
}

/** Returns the names of the models of a server; none if it does not have the protocol. */
export async function modelsOf(
  base: string,
  headers: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(`${base}/v2/models`, { headers, signal });
  if (!response.ok) return [];
  const { models = [] } = (await response.json()) as { readonly models?: readonly unknown[] };
  return models.filter((name) => typeof name === "string");
}

/**
 * Returns an inference on zeros, with a length of 1 for open axes, or on a given body.
 *
 * @throws Error for a model that does not say what it takes
 */
export async function modelRequest(
  base: string,
  model: string,
  headers: Readonly<Record<string, string>>,
  body: { readonly bytes: Uint8Array<ArrayBuffer>; readonly type?: string } | undefined,
): Promise<BenchRequest> {
  const path = `${base}/v2/models/${encodeURIComponent(model)}`;
  const url = `${path}/infer`;
  if (body !== undefined) {
    const type = body.type ?? "application/json";
    return { url, method: "POST", headers: { "content-type": type, ...headers }, body: body.bytes };
  }
  const response = await fetch(path, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`The model "${model}" is not ready (${response.status})`);
  const { inputs = [] } = (await response.json()) as Partial<Metadata>;
  const samples = inputs.map(({ name, datatype, shape }) => {
    const lengths = shape.map((length) => (length < 0 ? 1 : length));
    const elements = lengths.reduce((product, length) => product * length, 1);
    const binary_data_size = elements * (SIZES[datatype] ?? 4);
    return { name, datatype, shape: lengths, parameters: { binary_data_size } };
  });
  const json = new TextEncoder().encode(JSON.stringify({ inputs: samples }));
  const size = samples.reduce((sum, each) => sum + each.parameters.binary_data_size, 0);
  const bytes = new Uint8Array(json.length + size); // zeros behind the header
  bytes.set(json);
  return {
    url,
    method: "POST",
    headers: {
      "content-type": "application/octet-stream",
      [HEADER_LENGTH]: String(json.length),
      ...headers,
    },
    body: bytes,
  };
}
