/**
 * The form of a file of any kind.
 * @module
 */

import { h } from "../dom.ts";
import { filePicker } from "./file-picker.ts";
import { type Form, FormError, type OnChange } from "./form.ts";

/**
 * Makes the form of a file.
 *
 * @param types the media types that are accepted; `*` and `/` in one stand for any
 */
export function fileForm(label: string, types: readonly string[], onChange: OnChange): Form {
  const known = types.filter((type) => !type.includes("*") && type !== "application/octet-stream");
  const picker = filePicker("Choose a file", known, () => onChange("edited"));
  const element = h("fieldset", {}, h("legend", {}, label), picker.element);
  picker.acceptDrops(element);
  return {
    element,
    read() {
      const { file } = picker;
      if (file === undefined) throw new FormError(`Choose a file for ${label} first`);
      const type = known[0] ?? (file.type || "application/octet-stream");
      return { kind: "file", file, name: file.name, type, part: "file" };
    },
  };
}
