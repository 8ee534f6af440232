/**
 * inferMessage(): runs a `ModelInferRequest` on its model.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import { quote } from "../../io/wording.ts";
import { type CheckedInput, checkInputs } from "../../oip/check-inputs.ts";
import { datatypeOf } from "../../oip/datatypes.ts";
import { type InferHost, infer } from "../../oip/infer.ts";
import type { InferRequest, InferResponse } from "../../oip/messages.ts";
import { booleanOf, refuseSharedMemory } from "../../oip/parameters.ts";
import { rawOfTensor, tensorOfRaw } from "../../oip/tensor-bytes.ts";
import type { Context } from "../../service/context.ts";
import type { NamedTensors, ServedModel } from "../../service/models.ts";
import type { Tensor } from "../../tensor.ts";
import {
  type InferRequestMessage,
  type InferResponseMessage,
  MAX_ITEMS,
  type OutputMessage,
} from "./messages.ts";
import { parametersOf } from "./parameters.ts";
import { contentsOfTensor, hasElements, hasField, tensorOfContents } from "./typed-contents.ts";

/** The form of the messages of a call. */
export interface MessageForm {
  /** True if the codec of the short path writes the answer. */
  readonly isWire: boolean;
  /** True if the messages are JSON, in which raw contents are base64. */
  readonly isJson: boolean;
}

/**
 * Runs a request. The outputs are raw, also where the inputs were typed, since that is all that
 * Triton's clients read. They are typed if the parameter `binary_data_output` is false, and in JSON
 * if the inputs were; not if one of them has no typed contents.
 *
 * @throws ServiceError `not_found` for an unknown model, `invalid_argument` for a request that does
 *   not fit it, and what the model throws
 */
export async function inferMessage(
  { models, clock }: InferHost,
  message: InferRequestMessage,
  context: Context,
  { isWire, isJson }: MessageForm,
): Promise<InferResponseMessage> {
  const { modelName, modelVersion } = message;
  const version = modelVersion === "" ? undefined : modelVersion;
  using use = await models.use(modelName, version, context);
  const request = await readRequest(use.model, message, context);
  const response = await infer(use.model, request, context, clock);
  const isRaw =
    booleanOf(request.parameters, "binary_data_output") ??
    !(isJson && message.inputs.some(({ contents }) => hasElements(contents)));
  return await writeResponse(response, isRaw, isWire, context);
}

async function readRequest(
  model: ServedModel,
  message: InferRequestMessage,
  context: Context,
): Promise<InferRequest> {
  const { id, inputs, outputs } = message;
  requireFew("inputs", inputs);
  requireFew("outputs", outputs);
  const checked = checkInputs(model, inputs);
  for (const input of inputs) refuseSharedMemory(`Input ${quote(input.name)}`, input.parameters);
  return {
    id: id === "" ? undefined : id,
    parameters: parametersOf(message.parameters),
    inputs: await readInputs(checked, message, context),
    outputs:
      outputs.length === 0
        ? undefined
        : outputs.map(({ name, parameters }) => ({ name, parameters: parametersOf(parameters) })),
  };
}

function requireFew(what: string, list: readonly unknown[]): void {
  if (list.length <= MAX_ITEMS) return;
  throw invalidArgument(`A request may have at most ${MAX_ITEMS} ${what}`);
}

async function readInputs(
  checked: readonly CheckedInput[],
  { inputs, rawInputContents: raw }: InferRequestMessage,
  context: Context,
): Promise<NamedTensors> {
  if (raw.length === 0) {
    return Object.fromEntries(
      checked.map((input, at) => [input.name, tensorOfContents(input, inputs[at]?.contents)]),
    );
  }
  if (raw.length !== inputs.length) {
    throw invalidArgument(
      `There must be raw_input_contents for each of the ${inputs.length} inputs, or none: ` +
        `there were ${raw.length}`,
    );
  }
  const typed = inputs.find(({ contents }) => hasElements(contents));
  if (typed !== undefined) {
    throw invalidArgument(
      `Input "${typed.name}" has contents beside raw_input_contents: all must be raw, or none`,
    );
  }
  const tensors: [name: string, tensor: Tensor][] = [];
  for (const [at, input] of checked.entries()) {
    const tensor = tensorOfRaw(input, raw[at] as Uint8Array, context);
    tensors.push([input.name, tensor instanceof Promise ? await tensor : tensor]);
  }
  return Object.fromEntries(tensors);
}

async function writeResponse(
  { modelName, modelVersion, id = "", outputs }: InferResponse,
  wantsRaw: boolean,
  isWire: boolean,
  context: Context,
): Promise<InferResponseMessage> {
  const isRaw = wantsRaw || !outputs.every(({ tensor }) => hasField(tensor.dtype));
  const rawOutputContents: Uint8Array[] = [];
  const written: OutputMessage[] = [];
  for (const { name, tensor } of outputs) {
    const { dtype, shape } = tensor;
    const facts = { name, datatype: datatypeOf(dtype), shape: shape.map(BigInt), parameters: {} };
    written.push(isRaw ? facts : { ...facts, contents: contentsOfTensor(tensor, isWire) });
    if (!isRaw) continue;
    const raw = rawOfTensor(tensor, context);
    rawOutputContents.push(raw instanceof Promise ? await raw : raw);
  }
  return { modelName, modelVersion, id, parameters: {}, outputs: written, rawOutputContents };
}
