/**
 * checkDeclared(): compares the tensors that the settings of a model name with those that it has.
 * @module
 */

import { listNames, quote } from "../io/wording.ts";
import type { TensorSpec } from "../tensor.ts";
import type { ModelSettings } from "./model-settings.ts";

/** The tensors of a model. */
export interface ModelTensors {
  readonly inputs: readonly Pick<TensorSpec, "name">[];
  readonly outputs: readonly Pick<TensorSpec, "name">[];
}

/**
 * Checks the names in the settings of a model: with a wrong one, what they say of that tensor would
 * have no effect.
 *
 * @throws Error for an input or an output that the model does not have
 */
export function checkDeclared(settings: ModelSettings, model: ModelTensors): void {
  const { declared = { inputs: [], outputs: [] }, classLabels = {} } = settings;
  const labelled = Object.keys(classLabels).filter((name) => name !== "");
  check("input", declared.inputs, model.inputs);
  check("output", [...declared.outputs, ...labelled], model.outputs);
}

function check(
  kind: "input" | "output",
  names: readonly string[],
  tensors: ModelTensors["inputs"],
): void {
  const known = tensors.map(({ name }) => name);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return;
  throw new Error(
    `Its settings name the ${kind} ${quote(wrong)}, which the model does not have: ` +
      `its ${kind}s are ${listNames(known)}`,
  );
}
