/**
 * An example of a call of a model, as a command for a shell.
 * @module
 */

import { elementSize } from "../io/tensor/bytes.ts";
import { datatypeOf } from "../oip/datatypes.ts";
import type { ModelMetadata } from "../service/models.ts";
import { sizeOf, type TensorSpec } from "../tensor.ts";

/** The facts of a model that an example needs. */
export type ExampleFacts = Pick<ModelMetadata, "name" | "inputs" | "outputs" | "exampleShapes">;

/** Inputs with more elements are not written as JSON. */
const MAX_JSON_ELEMENTS = 64;

/** Larger inputs are not shown: servers refuse large bodies. */
const MAX_BYTES = 16 * 1024 * 1024;

/** An element of BYTES of zeros: its length, and nothing after it. */
const EMPTY_TEXT_BYTES = 4;

/**
 * Returns a command that runs a model on zeros by `curl`. Long inputs are sent as binary tensors,
 * and so are those of datatypes that JSON does not have.
 *
 * @param url the URL of the server
 * @returns undefined if an input is too large for an example
 */
export function exampleCall(model: ExampleFacts, url: string): string | undefined {
  const inputs = model.inputs.map((spec) => exampleOf(spec, model.exampleShapes));
  const bytes = inputs.reduce((sum, input) => sum + input.bytes, 0);
  if (bytes > MAX_BYTES) return undefined;
  const elements = inputs.reduce((sum, { size }) => sum + size, 0);
  const isBinary = elements > MAX_JSON_ELEMENTS || inputs.some(isHalf);
  const answer = model.outputs.some(({ dtype }) => dtype === "float16")
    ? { parameters: { binary_data_output: true } }
    : {};
  const tensors = inputs.map(({ name, shape, datatype, size, bytes: length }) => ({
    ...{ name, shape, datatype },
    ...(isBinary
      ? { parameters: { binary_data_size: length } }
      : { data: new Array(size).fill(zeroOf(datatype)) }),
  }));
  const json = JSON.stringify({ ...answer, inputs: tensors });
  const target = quoted(`${url}/v2/models/${encodeURIComponent(model.name)}/infer`);
  const into = "parameters" in answer ? " --output answer.bin" : "";
  if (!isBinary) return `curl ${target}${into} -d ${quoted(json)}`;
  const header = `Inference-Header-Content-Length: ${new TextEncoder().encode(json).length}`;
  return (
    `(printf %s ${quoted(json)}; head -c ${bytes} /dev/zero) | ` +
    `curl ${target}${into} -H '${header}' -H 'Content-Type: application/octet-stream' ` +
    "--data-binary @-"
  );
}

interface Example {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly bytes: number;
}

/** Returns zeros for an input: in a shape that it is known to take, or else of a row of ones. */
function exampleOf(
  { name, dtype = "float32", shape }: TensorSpec,
  shapes: ExampleFacts["exampleShapes"],
): Example {
  const known = shapes !== undefined && Object.hasOwn(shapes, name) ? shapes[name] : undefined;
  const lengths = known ?? (shape ?? []).map((each) => (typeof each === "number" ? each : 1));
  const size = sizeOf(lengths);
  const bytes = size * (dtype === "string" ? EMPTY_TEXT_BYTES : elementSize(dtype));
  return { name, datatype: datatypeOf(dtype), shape: lengths, size, bytes };
}

function isHalf({ datatype }: Example): boolean {
  return datatype === "FP16";
}

function zeroOf(datatype: string): unknown {
  if (datatype === "BOOL") return false;
  return datatype === "BYTES" ? "" : 0;
}

/** Quotes a text for POSIX shells. */
function quoted(text: string): string {
  if (/^[\w.:/%+@-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
