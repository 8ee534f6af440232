/**
 * formOf(): the form that fits an input.
 * @module
 */

import type { Resolve } from "../../schema/document.ts";
import type { IoInfo } from "../apis.ts";
import { h } from "../dom.ts";
import { arrayForm } from "./array-form.ts";
import { fileForm } from "./file-form.ts";
import type { Content, Form, OnChange } from "./form.ts";
import { jsonForm } from "./json-form.ts";
import { pictureForm } from "./picture-form.ts";
import { seriesForm, tableForm } from "./table-form.ts";
import { textForm } from "./text-form.ts";

/** The parts of forms. */
export interface FormContext {
  readonly resolve: Resolve;
  readonly onChange: OnChange;
}

/**
 * Makes the form of an input.
 *
 * @param label the name of the input
 */
export function formOf(label: string, io: IoInfo, context: FormContext): Form {
  const { resolve, onChange } = context;
  switch (io.kind) {
    case "text":
      return textForm(label, io.types[0] ?? "text/plain", onChange);
    case "image":
      return pictureForm(label, io.types, io.mode === "L" || io.mode === "1", onChange);
    case "ndarray":
      return arrayForm(label, io, onChange);
    case "dataframe":
      return tableForm(label, io, onChange);
    case "series":
      return seriesForm(label, io, context);
    case "multipart":
      return multipartForm(io, context);
    case "file":
      return fileForm(label, io.types, onChange);
    default:
      return io.types.length === 0 || io.types.includes("application/json")
        ? jsonForm(label, io.schema, resolve, onChange)
        : fileForm(label, io.types, onChange);
  }
}

/** Makes a form of several, one for each part. */
function multipartForm(io: IoInfo, context: FormContext): Form {
  const parts = Object.entries(io.fields).map(
    ([name, field]) => [name, formOf(name, field, context)] as const,
  );
  return {
    element: h("div", { class: "parts" }, ...parts.map(([, { element }]) => element)),
    async read() {
      const fields: Record<string, Content> = {};
      for (const [name, part] of parts) fields[name] = await part.read();
      return { kind: "form", fields };
    },
    close() {
      for (const [, part] of parts) part.close?.();
    },
  };
}
