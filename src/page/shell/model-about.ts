/**
 * What is known of a model: its state, its platform, its tensors.
 * @module
 */

import { h } from "../dom.ts";
import type { ModelInfo, ModelState, TensorInfo } from "../models.ts";
import { shapeText } from "../tensor/shape.ts";

/** Makes the text below the name of a model. */
export function modelAbout(model: ModelInfo, { state, reason }: ModelState): HTMLElement[] {
  const { versions = [], platform = "", inputs = [], outputs = [] } = model;
  const facts = [
    ...(platform === "" ? [] : [platform]),
    ...(versions.length === 0 ? [] : [`version ${versions.join(", ")}`]),
    ...(state === undefined ? [] : [state.toLowerCase()]),
  ];
  return [
    h("p", { class: "hint" }, facts.join(" · ")),
    ...(reason === undefined || reason === "" ? [] : [h("p", { class: "problem" }, reason)]),
    h("dl", { class: "tensors" }, ...rowOf("Takes", inputs), ...rowOf("Returns", outputs)),
  ];
}

function rowOf(title: string, tensors: readonly TensorInfo[]): HTMLElement[] {
  if (tensors.length === 0) return [];
  const items = tensors.map(({ name, datatype, shape }) =>
    h("dd", {}, name, " ", h("code", {}, `${datatype} ${shapeText(shape)}`)),
  );
  return [h("dt", {}, title), ...items];
}
