/**
 * The old names of keys, which have the effect of the new ones.
 * @module
 */

import type { RenamedKey } from "../../bentoml/config-keys.ts";
import { deprecated, type JsonSchema } from "./values.ts";

/** Adds the old names of keys to the schema of a section: each, or the new one, may be given. */
export function withOldNames(schema: JsonSchema, keys: readonly RenamedKey[]): JsonSchema {
  const properties = propertiesOf(schema);
  const old = keys.map(([name, group, key]) => {
    const value = propertiesOf(properties[group] ?? {})[key] ?? {};
    return [name, deprecated(value, `The old name of ${group}.${key}`)] as const;
  });
  const excluded = keys.map(([name, group, key]) => {
    return [name, { properties: { [group]: { not: { required: [key] } } } }] as const;
  });
  return {
    ...schema,
    properties: { ...properties, ...Object.fromEntries(old) },
    dependencies: Object.fromEntries(excluded),
  };
}

/** Returns the schemas of the keys of a section. */
export function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>;
}
