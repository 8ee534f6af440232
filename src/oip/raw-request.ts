/**
 * Requests whose whole body is the raw bytes of the only input of a model.
 * @module
 */

import { invalidArgument } from "../error.ts";
import type { IoHost } from "../io/io.ts";
import { elementSize } from "../io/tensor/bytes.ts";
import { quote } from "../io/wording.ts";
import type { ModelMetadata } from "../service/models.ts";
import { sizeOf, type TensorSpec } from "../tensor.ts";
import { checkInputs, formatInput } from "./check-inputs.ts";
import { datatypeOf } from "./datatypes.ts";
import type { InferRequest } from "./messages.ts";
import { tensorOfRaw } from "./tensor-bytes.ts";

/**
 * Reads a body that is the raw bytes of the only input. Its shape follows from the model and the
 * number of bytes: the batch is of one row, unless the rows are the only open axis. A body for an
 * input of BYTES is its one element, without a length.
 *
 * @returns the request, of all outputs as raw bytes
 * @throws ServiceError `invalid_argument` for a model of several inputs or of more open axes, and
 *   for a number of bytes that does not fit
 */
export async function readRawRequest(
  body: Uint8Array,
  model: ModelMetadata,
  host?: IoHost,
): Promise<InferRequest> {
  const [spec, ...others] = model.inputs;
  if (spec === undefined || others.length > 0) {
    throw invalidArgument(
      `A body without JSON is for models of one input, but model "${model.name}" has ` +
        `${model.inputs.length}`,
    );
  }
  const { name, dtype } = spec;
  const shape = shapeOf(spec, model.rowAxes?.input[name], body.length);
  const datatype = dtype === undefined ? "" : datatypeOf(dtype);
  const [input] = checkInputs(model, [{ name, datatype, shape }]);
  if (input === undefined) throw new Error("An input was lost by its check");
  const tensor =
    dtype === "string"
      ? await tensorOfRaw(input, elementOf(body), host)
      : await tensorOfRaw(input, body, host);
  return {
    id: undefined,
    parameters: { binary_data_output: true },
    inputs: { [name]: tensor },
    outputs: undefined,
  };
}

function shapeOf(spec: TensorSpec, rowAxis: number | undefined, bytes: number): number[] {
  const { dtype, shape = [""] } = spec;
  const isOpen = (axis: number | string, at: number) => typeof axis === "string" && at !== rowAxis;
  const open = shape.filter(isOpen).length;
  if (open > 1 || (dtype === "string" && open > 0)) {
    throw invalidArgument(
      `A body without JSON cannot be input ${quote(spec.name)}, which is ${formatInput(spec)}: ` +
        "its shape does not follow from the number of bytes",
    );
  }
  const lengths = shape.map((axis) => (typeof axis === "string" ? 1 : axis));
  const at = open === 1 ? shape.findIndex(isOpen) : (rowAxis ?? -1);
  if (at === -1 || dtype === "string" || dtype === undefined) return lengths;
  const unit = sizeOf(lengths) * elementSize(dtype);
  // Rounded: `tensorOfRaw()` reports the bytes that are too many.
  return unit === 0 ? lengths : lengths.with(at, Math.floor(bytes / unit));
}

/** Returns an element of BYTES with its length in front. */
function elementOf(bytes: Uint8Array): Uint8Array {
  const element = new Uint8Array(4 + bytes.length);
  new DataView(element.buffer).setUint32(0, bytes.length, true);
  element.set(bytes, 4);
  return element;
}
