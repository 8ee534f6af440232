/**
 * Inputs without elements, with which some operators of ONNX Runtime end the process.
 * @module
 */

import { invalidArgument } from "../error.ts";
import { formatShape, type Tensor } from "../tensor.ts";
import type { ModelFacts } from "./model-facts.ts";

/**
 * The operators that divide by the length of an axis, or read before the beginning of a tensor
 * without elements: ONNX Runtime 1.30 aborts, or is ended by a signal. Natively, that is the end of
 * the whole server.
 */
const FATAL: readonly string[] = ["GRU", "InstanceNormalization", "LSTM", "RoiAlign", "TopK"];

/**
 * Checks that a model can run with inputs without elements, if there are any.
 *
 * @throws ServiceError `invalid_argument` naming the input and the operator
 */
export function checkEmptyInputs(
  inputs: Readonly<Record<string, Tensor>>,
  facts: ModelFacts | undefined,
): void {
  for (const [name, { shape, data }] of Object.entries(inputs)) {
    const operator = data.length === 0 && FATAL.find((each) => facts?.operators.has(each));
    if (operator === undefined || operator === false) continue;
    throw invalidArgument(
      `Input "${name}" of shape ${formatShape(shape)} has no elements, without which the model's ` +
        `${operator} cannot run`,
    );
  }
}
