/**
 * Reads messages by a schema: those of the text format and, with the same result, their JSON.
 * @module
 */

import { suggestion } from "../../check.ts";
import { isMapping, type Mapping, pathOf, shown } from "../../config/mapping.ts";
import { type TextMessage, type TextValue, Word } from "./text-format.ts";

/** The fields of a message by name. */
export interface Schema {
  readonly [field: string]: Field;
}

/** The type of a field: of its values, if it is repeated. */
export interface Field {
  /** `any` for a field that is not looked into. */
  readonly type: "text" | "word" | "whole" | "flag" | "any" | Schema;
  readonly repeated?: boolean;
}

/** Makes the fields of a schema. */
export const one = (type: Field["type"]): Field => ({ type });
export const many = (type: Field["type"]): Field => ({ type, repeated: true });

/**
 * Reads a message.
 *
 * @param value a message of the text format, or a JSON object, whose keys may be in camel case
 * @param path its path, with dots; empty for the whole
 * @throws Error for an unknown field, with the nearest known one, and for a value of another type
 */
export function readMessage(value: unknown, schema: Schema, path = ""): Mapping {
  const entries = value instanceof Map ? [...(value as TextMessage)] : jsonEntries(value, path);
  const isText = value instanceof Map;
  const read: Record<string, unknown> = {};
  for (const [name, given] of entries) {
    const at = pathOf(path, name);
    const field = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (field === undefined) {
      const hint = suggestion(name, Object.keys(schema), "it may have");
      throw new Error(`There is no field "${at}": ${hint}`);
    }
    if (Object.hasOwn(read, name)) throw new Error(`The field "${at}" occurs twice`);
    const values = isText || (field.repeated && Array.isArray(given)) ? given : [given];
    const list = (values as readonly unknown[]).map((each, index) =>
      readValue(each, field, field.repeated ? `${at}[${index}]` : at),
    );
    if (field.repeated || field.type === "any") read[name] = list;
    else if (list.length > 1) throw new Error(`The field "${at}" occurs ${list.length} times`);
    else read[name] = list[0];
  }
  return read;
}

function jsonEntries(value: unknown, path: string): readonly (readonly [string, unknown])[] {
  if (!isMapping(value)) {
    const what = path === "" ? "It" : `"${path}"`;
    throw new Error(`${what} must be a message, but was ${shown(value)}`);
  }
  return Object.entries(value)
    .filter(([, each]) => each !== null)
    .map(([name, each]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), each]);
}

function readValue(value: unknown, { type }: Field, path: string): unknown {
  if (typeof type === "object") return readMessage(value, type, path);
  switch (type) {
    case "any":
      return value;
    case "text":
      if (typeof value === "string") return value;
      return fail(path, "a text in quotes", value);
    case "word":
      if (value instanceof Word) return value.text;
      if (typeof value === "string") return value;
      return fail(path, "a name", value);
    case "flag": {
      const text = value instanceof Word ? value.text.toLowerCase() : value;
      if (text === true || text === "true" || text === "t" || text === 1) return true;
      if (text === false || text === "false" || text === "f" || text === 0) return false;
      return fail(path, "true or false", value);
    }
    case "whole": {
      const isDigits = typeof value === "string" && /^-?\d{1,16}$/.test(value);
      const number = isDigits ? Number(value) : value;
      if (Number.isSafeInteger(number)) return number;
      return fail(path, "a whole number", value);
    }
  }
}

function fail(path: string, wanted: string, value: unknown): never {
  const given = value instanceof Map ? "a message" : shown(value as TextValue);
  throw new Error(`"${path}" must be ${wanted}, but was ${given}`);
}
