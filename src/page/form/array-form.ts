/**
 * The form of a tensor of an API: a picture where the shape is like one's, nested arrays, or a
 * file.
 * @module
 */

import type { IoInfo } from "../apis.ts";
import { h } from "../dom.ts";
import { tabs } from "../tabs.ts";
import { npyShape } from "../tensor/npy.ts";
import { roundElement } from "../tensor/picture-tensor.ts";
import { nest, pictureShape, shapeText } from "../tensor/shape.ts";
import { filePicker } from "./file-picker.ts";
import { type Form, FormError, type OnChange } from "./form.ts";
import { pixelForm } from "./pixel-form.ts";
import { tensorArea } from "./tensor-area.ts";

/** Makes the form of a tensor. */
export function arrayForm(label: string, io: IoInfo, onChange: OnChange): Form {
  const { shape } = io;
  const dtype = typeof io.dtype === "string" ? io.dtype : "";
  const like = shape === undefined ? undefined : pictureShape(shape);
  const area = tensorArea(label, shape, dtype, onChange);
  const note = h("p", { class: "hint", role: "status" });
  const picker = filePicker("Choose a .npy file", [".npy"], () => {
    note.textContent = "";
    void picker.file
      ?.slice(0, 1024)
      .arrayBuffer()
      .then((bytes) => {
        note.textContent = npyShape(new Uint8Array(bytes)) ?? "";
      });
    onChange("edited");
  });
  const pixels = like === undefined ? undefined : pixelForm(like, dtype, onChange);
  const panels = [
    ...(pixels === undefined ? [] : [{ label: "Picture", panel: pixels.element }]),
    { label: "JSON", panel: area.element },
    { label: "File", panel: h("div", {}, picker.element, note) },
  ];
  const source = tabs("How to give the tensor", panels);
  const legend = `${label}: ${dtype} ${shape === undefined ? "of any shape" : shapeText(shape)}`;
  return {
    element: h("fieldset", {}, h("legend", {}, legend), source.element),
    async read() {
      switch (panels[source.shown]?.label) {
        case "Picture": {
          const elements = (await pixels?.read()) ?? new Float32Array();
          const nested = nest(Array.from(elements, roundElement), like?.shape ?? []);
          return { kind: "json", text: JSON.stringify(nested) };
        }
        case "JSON":
          return { kind: "json", text: area.read().text };
        default: {
          const { file } = picker;
          if (file === undefined) throw new FormError("Choose a .npy file first");
          return { kind: "file", file, name: file.name, type: "application/x-npy" };
        }
      }
    },
    close: () => pixels?.close(),
  };
}
