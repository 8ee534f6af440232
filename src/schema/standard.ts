/**
 * The JSON Schemas that Standard Schemas give of themselves
 * (https://standardschema.dev/json-schema): zod's, arktype's and, by `@valibot/to-json-schema`,
 * valibot's.
 * @module
 */

import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { ANY, type Definitions, type JsonSchema } from "./json-schema.ts";

/** What libraries do about types that JSON Schema does not have, by their own options. */
const LENIENT: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  zod: { unrepresentable: "any" },
  valibot: { errorMode: "ignore" },
  arktype: { fallback: ({ base }: { readonly base: unknown }) => base },
};

const DEFS = "#/$defs/";

/**
 * Returns the schema of the bodies that fit a Standard Schema: its input. It matches any value if
 * the library gives no JSON Schema.
 *
 * @param name the name of the schema in the document, if it refers to itself
 */
export function standardSchema(
  schema: StandardSchemaV1,
  name: string,
  definitions: Definitions,
): JsonSchema {
  return definitions.once(schema, () => {
    const found = jsonSchemaOf(schema);
    return found === undefined ? ANY : placed(found, name, definitions);
  });
}

type Found = Readonly<Record<string, unknown>>;

/** Returns what a schema says of itself, as plain JSON; undefined if it says nothing. */
function jsonSchemaOf(schema: StandardSchemaV1): Found | undefined {
  const standard: Partial<StandardJSONSchemaV1.Props> & { readonly vendor: string } =
    schema["~standard"];
  const { jsonSchema, vendor } = standard;
  if (typeof jsonSchema?.input !== "function") return undefined;
  const target = "draft-2020-12";
  const libraryOptions = LENIENT[vendor];
  for (const more of libraryOptions === undefined ? [{}] : [{}, { libraryOptions }]) {
    try {
      return JSON.parse(JSON.stringify(jsonSchema.input({ target, ...more }))) as Found;
    } catch {
      // It has a type that JSON does not have, such as a date.
    }
  }
  return undefined;
}

/** Moves a schema into a document: its references are to parts of itself. */
function placed(found: Found, name: string, definitions: Definitions): JsonSchema {
  const { $schema: _, $defs = {}, ...root } = found;
  const parts = Object.entries($defs as Record<string, unknown>);
  const names = new Map(
    parts.map(([key]) => [key, definitions.reserve(`${name}_${key.replace(/[^-.\w]/g, "_")}`)]),
  );
  let own: string | undefined;
  const move = (ref: string): string => {
    const [key = "", ...rest] = ref.startsWith(DEFS) ? ref.slice(DEFS.length).split("/") : [];
    const known = names.get(key);
    if (known !== undefined) return [definitions.refTo(known), ...rest].join("/");
    own ??= definitions.reserve(name);
    return `${definitions.refTo(own)}${ref.slice(1)}`;
  };
  for (const [key, part] of parts) {
    definitions.set(names.get(key) ?? key, withRefs(part, move) as JsonSchema);
  }
  const schema = withRefs(root, move) as JsonSchema;
  if (own === undefined) return schema;
  definitions.set(own, schema);
  return { $ref: definitions.refTo(own) };
}

/** Returns a part of a schema with other references. */
function withRefs(part: unknown, move: (ref: string) => string): unknown {
  if (Array.isArray(part)) return part.map((each) => withRefs(each, move));
  if (typeof part !== "object" || part === null) return part;
  const entries = Object.entries(part).map(([key, value]) => {
    const isRef = key === "$ref" && typeof value === "string" && value.startsWith("#");
    return [key, isRef ? move(value) : withRefs(value, move)] as const;
  });
  return Object.fromEntries(entries);
}
