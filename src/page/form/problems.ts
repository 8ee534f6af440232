/**
 * problemIn(): the first place where a value does not fit its JSON Schema. It knows the common
 * keywords; the server checks all.
 * @module
 */

import { type Resolve, type Schema, typesOf } from "../../schema/document.ts";

const MAX_DEPTH = 20;

/** Returns what is wrong with a value, such as `age must be a number`; undefined for nothing. */
export function problemIn(
  value: unknown,
  schema: Schema,
  resolve: Resolve = (each) => each,
  path = "",
  depth = 0,
): string | undefined {
  const found = resolve(schema);
  const what = path === "" ? "The value" : path;
  if (depth > MAX_DEPTH) return undefined;
  const choices = found.anyOf ?? found.oneOf;
  const inner = (each: unknown, by: Schema, at: string): string | undefined =>
    problemIn(each, by, resolve, at, depth + 1);
  if (choices !== undefined) {
    const problems = choices.map((each) => inner(value, each, path));
    return problems.includes(undefined) ? undefined : problems[0];
  }
  for (const part of found.allOf ?? []) {
    const problem = inner(value, part, path);
    if (problem !== undefined) return problem;
  }
  if (found.enum !== undefined && !found.enum.some((each) => isSame(each, value))) {
    return `${what} must be one of ${found.enum.map((each) => JSON.stringify(each)).join(", ")}`;
  }
  if ("const" in found && !isSame(found.const, value)) {
    return `${what} must be ${JSON.stringify(found.const)}`;
  }
  const isNullable = Array.isArray(found.type) && found.type.includes("null");
  if (value === null && isNullable) return undefined;
  const types = typesOf(found);
  if (types.length > 0 && !types.some((type) => isOf(value, type))) {
    return `${what} must be ${types.map((type) => ARTICLES[type] ?? type).join(" or ")}`;
  }
  if (typeof value === "number") return numberProblem(value, found, what);
  if (typeof value === "string") return textProblem(value, found, what);
  if (Array.isArray(value)) return listProblem(value, found, what, inner, path);
  if (typeof value === "object" && value !== null) {
    return objectProblem(value as Record<string, unknown>, found, inner, path);
  }
  return undefined;
}

type Inner = (value: unknown, schema: Schema, path: string) => string | undefined;

const ARTICLES: Readonly<Record<string, string>> = {
  object: "an object",
  array: "a list",
  integer: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  null: "null",
};

function isOf(value: unknown, type: string): boolean {
  switch (type) {
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "null":
      return value === null;
    default:
      return typeof value === type;
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function numberProblem(value: number, schema: Schema, what: string): string | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (minimum !== undefined && value < minimum) return `${what} must be at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `${what} must be at most ${maximum}`;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) {
    return `${what} must be more than ${exclusiveMinimum}`;
  }
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) {
    return `${what} must be less than ${exclusiveMaximum}`;
  }
  return undefined;
}

function textProblem(value: string, { minLength, maxLength }: Schema, what: string) {
  // As code points, as JSON Schema counts.
  const { length } = Array.from(value);
  if (minLength !== undefined && length < minLength) {
    return length === 0 ? `${what} is empty` : `${what} needs ${minLength} characters`;
  }
  if (maxLength !== undefined && length > maxLength) {
    return `${what} may have ${maxLength} characters`;
  }
  return undefined;
}

function listProblem(
  value: readonly unknown[],
  { items, prefixItems = [], minItems, maxItems }: Schema,
  what: string,
  inner: Inner,
  path: string,
): string | undefined {
  if (minItems !== undefined && value.length < minItems) return `${what} needs ${minItems} items`;
  if (maxItems !== undefined && value.length > maxItems)
    return `${what} may have ${maxItems} items`;
  const rest = typeof items === "object" ? items : undefined;
  for (const [at, each] of value.entries()) {
    const by = prefixItems[at] ?? rest;
    const problem = by === undefined ? undefined : inner(each, by, `${path}[${at}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function objectProblem(
  value: Readonly<Record<string, unknown>>,
  { properties = {}, required = [], additionalProperties }: Schema,
  inner: Inner,
  path: string,
): string | undefined {
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${at(missing)} is missing`;
  for (const [name, each] of Object.entries(value)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known === undefined && additionalProperties === false) return `${at(name)} is not known`;
    const by = known ?? (typeof additionalProperties === "object" ? additionalProperties : {});
    const problem = inner(each, by, at(name));
    if (problem !== undefined) return problem;
  }
  return undefined;
}
