/**
 * The keywords of a JSON Schema whose document may be of any library.
 * @module
 */

import { stepOf } from "../schema/document.ts";
import { isObject } from "./shape.ts";

/** A schema, whose keywords may have any value. */
export type Raw = Readonly<Record<string, unknown>>;

/** Finds the schemas that references lead to. */
export interface Refs {
  find(ref: string): Raw | undefined;
}

/** The most references that lead to one another. */
export const MAX_REFS = 100;

/** Returns the kinds of values that a schema has; undefined for one alone. */
export function optionsOf(schema: Raw): readonly Raw[] | undefined {
  const { anyOf, oneOf, type } = schema;
  const either = anyOf ?? oneOf;
  if (Array.isArray(either)) {
    return either.flatMap((each) => (isObject(each) ? (optionsOf(each) ?? [each]) : [{}]));
  }
  if (!Array.isArray(type)) return undefined;
  return type.map((one: unknown) => (one === "null" ? { type: one } : { ...schema, type: one }));
}

/** Returns the values that a schema lists; none for any other. */
export function listedBy({ const: constant, enum: values }: Raw): readonly unknown[] {
  if (constant !== undefined) return [constant];
  return Array.isArray(values) ? values : [];
}

/** Returns true for objects with known keys. */
export function hasKeys({ type, properties }: Raw): boolean {
  return isObject(properties) && (type === undefined || type === "object");
}

/** Returns a schema without `allOf`, if all its parts are objects with known keys. */
export function merged(schema: Raw, refs: Refs, depth = 0): Raw {
  const { allOf, ...own } = schema;
  if (!Array.isArray(allOf)) return schema;
  const parts = [...allOf, ...(Object.keys(own).length > 0 ? [own] : [])].map((part) => {
    const { $ref } = part as Raw;
    const found = typeof $ref === "string" ? refs.find($ref) : (part as Raw);
    return depth < MAX_REFS ? merged(found ?? {}, refs, depth + 1) : {};
  });
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  if (!parts.every((part) => hasKeys(part) || Object.keys(part).every(isNote))) return {};
  const lists = parts.map(({ required }) => (Array.isArray(required) ? required : []));
  const properties = Object.assign({}, ...parts.map((part) => part["properties"]));
  return { type: "object", properties, required: lists.flat() };
}

export function isNote(keyword: string): boolean {
  return keyword === "title" || keyword === "description";
}

export function commentOf({ description, title }: Raw): string | undefined {
  const text = description ?? title;
  return typeof text === "string" ? text : undefined;
}

/** Returns the words that tell a kind of values from others. */
export function optionName({ title, $ref, type, properties }: Raw): string {
  if (typeof title === "string") return title;
  const constants = Object.values(isObject(properties) ? properties : {}).flatMap((property) =>
    isObject(property) && typeof property["const"] === "string" ? [property["const"]] : [],
  );
  if (constants[0] !== undefined) return constants[0];
  if (typeof $ref === "string") return stepOf($ref.slice($ref.lastIndexOf("/") + 1));
  return typeof type === "string" ? type : "option";
}
