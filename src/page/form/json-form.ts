/**
 * The form of a JSON value: fields for a simple object, or else a text, which is checked.
 * @module
 */

import type { Resolve, Schema } from "../../schema/document.ts";
import { exampleOf } from "../../schema/example.ts";
import { field, fill, h } from "../dom.ts";
import { tabs } from "../tabs.ts";
import { type FieldModel, fieldsOf, fieldValue } from "./field-models.ts";
import { type Form, FormError, type OnChange } from "./form.ts";
import { problemIn } from "./problems.ts";

/** Makes the form of a JSON value. */
export function jsonForm(
  label: string,
  schema: Schema,
  resolve: Resolve,
  onChange: OnChange,
): Form {
  const example = JSON.stringify(exampleOf(schema, resolve), undefined, 2);
  const text = jsonArea(label, example, schema, resolve, onChange);
  const models = fieldsOf(schema, resolve);
  if (models === undefined) return text;
  const fields = fieldsForm(models, onChange);
  const source = tabs(`How to fill in ${label}`, [
    { label: "Form", panel: fields.element },
    { label: "JSON", panel: text.element },
  ]);
  const read: Form["read"] = () => (source.shown === 0 ? fields.read() : text.read());
  return { element: h("fieldset", {}, h("legend", {}, label), source.element), read };
}

/** Makes a text area for JSON, which says what is wrong with it. */
export function jsonArea(
  label: string,
  initial: string,
  schema: Schema,
  resolve: Resolve,
  onChange: OnChange,
): Form {
  const area = h("textarea", { rows: Math.min(14, initial.split("\n").length + 2), class: "code" });
  area.spellcheck = false;
  area.value = initial;
  const note = h("p", { class: "problem", role: "status" });
  const check = (): void => {
    const problem = problemOf(area.value, schema, resolve);
    fill(note, problem);
    area.setAttribute("aria-invalid", String(problem !== undefined));
  };
  area.addEventListener("input", () => {
    check();
    onChange("edited");
  });
  return {
    element: h("div", {}, field(label, area), note),
    read() {
      const problem = problemOf(area.value, schema, resolve, false);
      if (problem !== undefined) throw new FormError(problem);
      return { kind: "json", text: area.value };
    },
  };
}

/** Returns what is wrong with a JSON text. */
function problemOf(
  text: string,
  schema: Schema,
  resolve: Resolve,
  isDeep = true,
): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return text.trim() === "" ? "Enter a JSON value" : `This is not JSON: ${message(error)}`;
  }
  // The server has the last word on what fits.
  return isDeep ? problemIn(value, schema, resolve) : undefined;
}

function message(error: unknown): string {
  return (error as Error).message.replace(/^JSON\.parse: /, "");
}

/** Makes a form of fields. */
function fieldsForm(models: readonly FieldModel[], onChange: OnChange): Form {
  const controls = models.map((model) => ({ model, control: controlOf(model, onChange) }));
  const rows = controls.map(({ model, control }) => {
    const { label, isRequired, help } = model;
    return field(isRequired ? label : `${label} (optional)`, control, help);
  });
  return {
    element: h("div", { class: "fields" }, ...rows),
    read() {
      const values: Record<string, unknown> = {};
      for (const { model, control } of controls) {
        const isChecked = control instanceof HTMLInputElement && control.checked;
        try {
          const value = fieldValue(model, control.value, isChecked);
          if (value !== undefined) values[model.name] = value;
        } catch (error) {
          control.focus();
          throw new FormError((error as Error).message);
        }
      }
      return { kind: "json", text: JSON.stringify(values) };
    },
  };
}

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function controlOf(model: FieldModel, onChange: OnChange): Control {
  const oninput = (): void => onChange("edited");
  const { initial, choices, minimum, maximum, step, isRequired } = model;
  const text = initial === undefined || initial === null ? "" : String(initial);
  switch (model.control) {
    case "choice": {
      const options = choices.map((choice, at) =>
        h("option", { value: at, selected: choice === initial }, String(choice)),
      );
      const none = isRequired ? [] : [h("option", { value: "", selected: text === "" }, "–")];
      return h("select", { oninput }, ...none, ...options);
    }
    case "switch":
      return h("input", { type: "checkbox", oninput, checked: initial === true });
    case "number":
      return h("input", {
        type: "number",
        inputmode: "decimal",
        value: text,
        min: minimum,
        max: maximum,
        step,
        oninput,
      });
    case "text":
      return h("input", { type: "text", value: text, oninput });
    default: {
      const lines = Array.isArray(initial) ? initial.join("\n") : text;
      const rows = model.control === "lines" ? 4 : 2;
      const area = h("textarea", { rows, oninput });
      area.value = lines;
      return area;
    }
  }
}
