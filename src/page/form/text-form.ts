/**
 * The form of a text.
 * @module
 */

import { field, h } from "../dom.ts";
import type { Form, OnChange } from "./form.ts";

/** Makes the form of a text. */
export function textForm(label: string, type: string, onChange: OnChange): Form {
  const area = h("textarea", { rows: 5, oninput: () => onChange("edited") });
  return {
    element: field(label, area),
    read: () => ({ kind: "text", text: area.value, type }),
  };
}
