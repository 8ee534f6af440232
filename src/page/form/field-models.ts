/**
 * fieldsOf(): the fields of a form for a simple object schema.
 * @module
 */

import { type Resolve, type Schema, typeOf } from "../../schema/document.ts";
import { exampleOf } from "../../schema/example.ts";

/** A field of a form. */
export interface FieldModel {
  readonly name: string;
  readonly label: string;
  readonly help: string | undefined;
  readonly isRequired: boolean;
  /** `lines` is a list of texts or numbers, one a line. */
  readonly control: "text" | "area" | "number" | "choice" | "switch" | "lines";
  /** The type of the value, or of the items of `lines`. */
  readonly type: string;
  readonly initial: unknown;
  readonly choices: readonly unknown[];
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly step: number | "any";
}

/** The most fields of a form; longer ones are filled in as JSON. */
const MAX_FIELDS = 20;

/** Returns the fields; undefined for a schema that has to be filled in as JSON. */
export function fieldsOf(schema: Schema, resolve: Resolve): readonly FieldModel[] | undefined {
  const found = resolve(schema);
  const { properties, required = [], additionalProperties } = found;
  if (typeOf(found) !== "object" || properties === undefined) return undefined;
  if (found.anyOf !== undefined || found.oneOf !== undefined || found.allOf !== undefined) {
    return undefined;
  }
  if (additionalProperties !== undefined && typeof additionalProperties === "object") {
    return undefined;
  }
  const names = Object.keys(properties);
  if (names.length === 0 || names.length > MAX_FIELDS) return undefined;
  const fields: FieldModel[] = [];
  for (const [name, property] of Object.entries(properties)) {
    const field = fieldOf(name, resolve(property), required.includes(name), resolve);
    if (field === undefined) return undefined;
    fields.push(field);
  }
  return fields;
}

function fieldOf(
  name: string,
  schema: Schema,
  isRequired: boolean,
  resolve: Resolve,
): FieldModel | undefined {
  const control = controlOf(name, schema, resolve);
  if (control === undefined) return undefined;
  const type = typeOf(schema) ?? "string";
  const isWhole = type === "integer";
  const choices = schema.enum ?? (type === "boolean" && !isRequired ? [true, false] : []);
  const { items } = schema;
  const least = schema.minimum ?? schema.exclusiveMinimum;
  const most = schema.maximum ?? schema.exclusiveMaximum;
  return {
    name,
    label: schema.title ?? name,
    help: schema.description,
    isRequired,
    control: type === "boolean" && !isRequired ? "choice" : control,
    type: control === "lines" && typeof items === "object" ? itemType(items, resolve) : type,
    initial: isRequired ? exampleOf(schema, resolve) : (schema.default ?? schema.examples?.[0]),
    choices,
    minimum: least,
    maximum: most,
    step: schema.multipleOf ?? (isWhole ? 1 : "any"),
  };
}

function itemType(items: Schema, resolve: Resolve): string {
  return typeOf(resolve(items)) ?? "string";
}

function controlOf(
  name: string,
  schema: Schema,
  resolve: Resolve,
): FieldModel["control"] | undefined {
  if (schema.anyOf !== undefined || schema.oneOf !== undefined || schema.allOf !== undefined) {
    return undefined;
  }
  if (schema.enum !== undefined) return schema.enum.every(isScalar) ? "choice" : undefined;
  switch (typeOf(schema)) {
    case "string":
      return isLong(name, schema) ? "area" : "text";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "switch";
    case "array": {
      const { items, prefixItems } = schema;
      if (typeof items !== "object" || prefixItems !== undefined) return undefined;
      const found = resolve(items);
      if (found.enum !== undefined) return undefined;
      return ["string", "number", "integer"].includes(typeOf(found) ?? "") ? "lines" : undefined;
    }
    default:
      return undefined;
  }
}

/** Returns true for a text that may have several lines, by its bound or else by its name. */
function isLong(name: string, { format, maxLength }: Schema): boolean {
  if (format !== undefined) return false;
  if (maxLength !== undefined) return maxLength > 100;
  return /text|body|content|description|prompt|message|comment|note/i.test(name);
}

function isScalar(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

/**
 * Returns the value of a field for the text of its control; undefined for an optional field that
 * is empty.
 *
 * @throws Error for a text that is no value of the field
 */
export function fieldValue(field: FieldModel, text: string, isChecked: boolean): unknown {
  const { control, type, label, isRequired } = field;
  if (control === "switch") return isChecked;
  if (control === "choice") return text === "" ? undefined : field.choices[Number(text)];
  if (text === "" && !isRequired) return undefined;
  if (control === "lines") {
    const lines = text.split("\n").filter((line) => line !== "");
    return type === "string" ? lines : lines.map((line) => numberOf(line, label));
  }
  return control === "number" ? numberOf(text, label) : text;
}

function numberOf(text: string, label: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new Error(text === "" ? `${label} is empty` : `${label} must be a number, not "${text}"`);
}
