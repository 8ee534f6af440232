/**
 * Inference requests from the bodies of HTTP requests.
 * @module
 */

import { invalidArgument, messageOf, ServiceError } from "../error.ts";
import type { IoHost } from "../io/io.ts";
import type { JsonSpan } from "../io/json/span.ts";
import { readTensorAt } from "../io/tensor/json.ts";
import { excerpt, quote } from "../io/wording.ts";
import type { ModelMetadata } from "../service/models.ts";
import { formatShape, type Tensor } from "../tensor.ts";
import { type CheckedInput, checkInputs } from "./check-inputs.ts";
import type { InferRequest } from "./messages.ts";
import { countOf, refuseSharedMemory } from "./parameters.ts";
import { readRawRequest } from "./raw-request.ts";
import { type JsonInput, readRequestJson } from "./request-json.ts";
import { tensorOfRaw } from "./tensor-bytes.ts";

const HEADER = "Inference-Header-Content-Length";

/**
 * Reads a request: JSON, or JSON and then the raw bytes of the inputs whose parameters have a
 * `binary_data_size`, in their order. All shapes and lengths are checked before data are read.
 *
 * In JSON, the data of an input are arrays, flat or nested, of as many elements as its shape has.
 * BOOL is `true`, `false` or a number, of which 0 is false; 64-bit integers are exact; FP16 are
 * numbers too, which Triton refuses. BF16 is read from bytes only, for inputs of FP32.
 *
 * @param headerLength the header Inference-Header-Content-Length, the bytes of the JSON; undefined
 *   or null without it: all of them. `0` is a body that is the raw bytes of the only input
 * @throws ServiceError `invalid_argument` naming the input or the part of the request that is
 *   wrong, what was given and what was wanted; the signal's reason when it is aborted
 */
export async function readInferRequest(
  body: Uint8Array,
  headerLength: string | null | undefined,
  model: ModelMetadata,
  host?: IoHost,
): Promise<InferRequest> {
  const jsonLength = jsonLengthOf(headerLength ?? undefined, body.length);
  if (jsonLength === 0) return readRawRequest(body, model, host);
  const text = body.subarray(0, jsonLength);
  const { inputs: declared, ...request } = await readRequestJson(text, host);
  const raw = jsonLength === undefined ? undefined : body.subarray(jsonLength);
  const checked = checkInputs(model, declared);
  const parts = rawParts(declared, raw);
  // The JSON has been read, unless the data of an input are in it. The raw bytes follow it.
  let free = host?.ownsBody === true && parts.every(isRaw) ? text.length : 0;
  const inputs: [name: string, tensor: Tensor][] = [];
  for (const [at, input] of checked.entries()) {
    const part = parts[at] ?? new Uint8Array();
    const made = isRaw(part)
      ? tensorOfRaw(input, part, host, free)
      : tensorOfJson(input, text, part, host);
    const tensor = made instanceof Promise ? await made : made;
    inputs.push([input.name, tensor]);
    if (free > 0 && isRaw(part)) free = movedBy(tensor, part);
  }
  return { ...request, inputs: Object.fromEntries(inputs) };
}

/** Returns the length of the JSON; undefined if it is the whole body. */
function jsonLengthOf(header: string | undefined, bodyLength: number): number | undefined {
  if (header === undefined) return undefined;
  const length = /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN;
  if (length <= bodyLength) return length;
  throw invalidArgument(
    `The header ${HEADER} must be the length of the JSON in bytes, at most that of the body ` +
      `(${bodyLength}), but was "${excerpt(header)}"`,
  );
}

/**
 * Returns where the data of each input are: raw bytes, or a place in the JSON.
 *
 * @param raw the bytes after the JSON; undefined without the header that says where they begin
 */
function rawParts(
  inputs: readonly JsonInput[],
  raw: Uint8Array | undefined,
): readonly (Uint8Array | JsonSpan)[] {
  let at = 0;
  const parts = inputs.map(({ name, parameters, data }) => {
    const where = `Input ${quote(name)}`;
    refuseSharedMemory(where, parameters);
    const size = countOf(parameters, "binary_data_size");
    if (size === undefined) {
      if (data !== undefined) return data;
      throw invalidArgument(`${where} has neither "data" nor the parameter "binary_data_size"`);
    }
    if (data !== undefined) {
      throw invalidArgument(`${where} has both "data" and the parameter "binary_data_size"`);
    }
    if (raw === undefined) {
      throw invalidArgument(
        `${where} has the parameter "binary_data_size", but there is no header ${HEADER}`,
      );
    }
    const left = raw.length - at;
    at += size;
    if (size <= left) return raw.subarray(at - size, at);
    throw invalidArgument(
      `${where} claims ${size} bytes ("binary_data_size"), but only ${left} are left in the body`,
    );
  });
  if (raw === undefined || at === raw.length) return parts;
  throw invalidArgument(
    `The body has ${raw.length} bytes behind its JSON, but the "binary_data_size" of its inputs ` +
      `are ${at} together`,
  );
}

/** Returns the number of bytes before the end of raw bytes that their tensor does not use. */
function movedBy({ data }: Tensor, raw: Uint8Array): number {
  const isView = !Array.isArray(data) && data.buffer === raw.buffer;
  return isView ? raw.byteOffset - data.byteOffset : raw.length;
}

function isRaw(part: Uint8Array | JsonSpan): part is Uint8Array {
  return part instanceof Uint8Array;
}

/** Reads a tensor from an array in the JSON. */
async function tensorOfJson(
  input: CheckedInput,
  text: Uint8Array,
  span: JsonSpan,
  host: IoHost | undefined,
): Promise<Tensor> {
  const { name, datatype, dtype, shape, size } = input;
  if (datatype === "BF16") {
    throw invalidArgument(`Input ${quote(name)}: BF16 has no form in JSON: send it as raw bytes`);
  }
  const { data } = await inInput(name, () =>
    readTensorAt(text, span, dtype, { enforceDtype: dtype !== "bool" }, host),
  );
  if (data.length === size) return { dtype, shape, data };
  throw invalidArgument(
    `Input ${quote(name)} of shape ${formatShape(shape)} needs ${size} elements, but "data" has ` +
      `${data.length}`,
  );
}

/** Returns the tensor that is read; an error gets the name of the input. */
async function inInput(name: string, read: () => Tensor | Promise<Tensor>): Promise<Tensor> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new ServiceError(error.code, `Input ${quote(name)}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
