/**
 * exampleOf(): a value that fits a JSON Schema, for forms to begin with and for sample calls.
 * @module
 */

import { isAny, type Resolve, type Schema, typesOf } from "./document.ts";

const MAX_DEPTH = 8;

const BY_FORMAT: Readonly<Record<string, string>> = {
  date: "2026-01-31",
  "date-time": "2026-01-31T12:00:00Z",
  time: "12:00:00Z",
  email: "someone@example.com",
  uri: "https://example.com/",
  url: "https://example.com/",
  uuid: "123e4567-e89b-12d3-a456-426614174000",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  hostname: "example.com",
};

/**
 * Returns a value that fits a schema, in all but rare cases; `{}` for a schema of anything. Of a
 * schema that contains itself, what may be left out is left out.
 *
 * @param outer the schemas that this one is in
 */
export function exampleOf(
  schema: Schema,
  resolve: Resolve = (each) => each,
  outer: readonly Schema[] = [],
): unknown {
  const found = resolve(schema);
  const [given = found.example ?? found.default ?? found.const ?? found.enum?.[0]] =
    found.examples ?? [];
  if (given !== undefined) return given;
  if (outer.length > MAX_DEPTH) return null;
  const path = [...outer, found];
  const inner = (each: Schema): unknown => exampleOf(each, resolve, path);
  const isOuter = (each: Schema): boolean => path.includes(resolve(each));
  if (found.allOf !== undefined) {
    const parts = found.allOf.map(inner);
    const objects = parts.filter((each) => typeof each === "object" && each !== null);
    if (objects.length > 0) return Object.assign({}, ...objects);
    return parts[0];
  }
  const choices = (found.anyOf ?? found.oneOf ?? []).filter(
    (each) => resolve(each).type !== "null",
  );
  const choice = choices.find((each) => !isOuter(each)) ?? choices[0];
  if (choice !== undefined) return inner(choice);
  switch (typesOf(found)[0]) {
    case "object": {
      const properties = Object.entries(found.properties ?? {});
      // Optional properties that may be anything say nothing.
      const told = properties.filter(
        ([name, each]) =>
          found.required?.includes(name) === true || !(isAny(resolve(each)) || isOuter(each)),
      );
      return Object.fromEntries(told.map(([name, each]) => [name, inner(each)]));
    }
    case "array": {
      if (found.prefixItems !== undefined) return found.prefixItems.map(inner);
      const { items = true, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = found;
      if (minItems === 0 && typeof items === "object" && isOuter(items)) return [];
      const item = typeof items === "boolean" ? 0 : inner(items);
      return Array.from({ length: Math.min(Math.max(1, minItems), maxItems, 1000) }, () => item);
    }
    case "integer":
    case "number":
      return numberFor(found);
    case "boolean":
      return false;
    case "string":
      return textFor(found);
    default:
      return isOnlyNull(found) ? null : {};
  }
}

function isOnlyNull({ type }: Schema): boolean {
  return [type].flat().every((each) => each === "null");
}

/** Returns the number that is nearest to 0. */
function numberFor(schema: Schema): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf = 1 } = schema;
  const above = exclusiveMinimum === undefined ? undefined : exclusiveMinimum + multipleOf;
  const least = minimum ?? above ?? Number.NEGATIVE_INFINITY;
  const most = maximum ?? exclusiveMaximum ?? Number.POSITIVE_INFINITY;
  const value = least > 0 ? Math.ceil(least / multipleOf) * multipleOf : 0;
  const isTooMuch = value > most || (maximum === undefined && value === exclusiveMaximum);
  if (!isTooMuch) return value;
  return maximum ?? ((minimum ?? exclusiveMinimum ?? most - 1) + most) / 2;
}

function textFor({ format = "", minLength = 0, maxLength }: Schema): string {
  return (BY_FORMAT[format] ?? "text").padEnd(minLength, "x").slice(0, maxLength);
}
