/**
 * The form of a model: one part for each of its inputs.
 * @module
 */

import { h } from "../dom.ts";
import type { TensorInfo } from "../models.ts";
import { tabs } from "../tabs.ts";
import { roundElement } from "../tensor/picture-tensor.ts";
import { flatten, pictureShape, shapeText } from "../tensor/shape.ts";
import type { Form, OnChange } from "./form.ts";
import { pixelForm } from "./pixel-form.ts";
import { tensorArea } from "./tensor-area.ts";

/** The tensor of a request (Open Inference Protocol, `$request_input`). */
interface InferTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

/** An input of a form. */
interface InputForm {
  readonly element: HTMLElement;
  read(): Promise<InferTensor>;
  close(): void;
}

/** Makes the form of a model. */
export function modelForm(inputs: readonly TensorInfo[], onChange: OnChange): Form {
  const parts = inputs.map((input) => inputForm(input, onChange));
  return {
    element: h("div", { class: "parts" }, ...parts.map(({ element }) => element)),
    async read() {
      const tensors: InferTensor[] = [];
      for (const part of parts) tensors.push(await part.read());
      return { kind: "json", text: JSON.stringify({ inputs: tensors }) };
    },
    close() {
      for (const part of parts) part.close();
    },
  };
}

function inputForm({ name, datatype, shape }: TensorInfo, onChange: OnChange): InputForm {
  const like = pictureShape(shape);
  const isNumeric = !/BYTES|BOOL/.test(datatype);
  const pixels = like === undefined || !isNumeric ? undefined : pixelForm(like, datatype, onChange);
  const area = tensorArea(name, shape, datatype, onChange);
  const source = tabs(`How to give ${name}`, [
    ...(pixels === undefined ? [] : [{ label: "Picture", panel: pixels.element }]),
    { label: "JSON", panel: area.element },
  ]);
  const legend = h("legend", {}, name, " ", h("code", {}, `${datatype} ${shapeText(shape)}`));
  return {
    element: h("fieldset", {}, legend, source.element),
    async read() {
      if (pixels !== undefined && source.shown === 0) {
        const elements = await pixels.read();
        const data = Array.from(elements, roundElement);
        return { name, datatype, shape: like?.shape ?? shape, data };
      }
      const { value, shape: given } = area.read();
      return { name, datatype, shape: given, data: flatten(value) };
    },
    close: () => pixels?.close(),
  };
}
