/**
 * The values of a configuration as JSON Schemas. Each may be `null`, which is the same as a missing
 * one, and may have a variable of the environment: what that gives is checked when it is read.
 * @module
 */

/** A JSON Schema of draft 7, which the editors' servers for YAML read. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The description of a setting. */
export interface About {
  /** The setting in a few words, as in the tables of `docs/configuration.md`. */
  readonly what: string;
  /** Its default in words. */
  readonly otherwise?: string;
  /** Its default, if that is always the same. */
  readonly value?: unknown;
}

/** Returns the description of a setting: its default in words, and as a value if there is one. */
export function about(what: string, otherwise?: string, value?: unknown): About {
  return { what, ...(otherwise ? { otherwise } : {}), ...(value === undefined ? {} : { value }) };
}

/** Returns the sentences of a description. */
export function sentences({ what, otherwise }: About): string {
  const first = `${what.charAt(0).toUpperCase()}${what.slice(1)}.`;
  return otherwise === undefined ? first : `${first} Default: ${otherwise}.`;
}

/** The definitions that the schemas of values refer to. */
export const DEFINITIONS: JsonSchema = {
  missing: { type: "null" },
  variable: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what users write in the file
    description: "A text with a variable of the environment: ${NAME} or ${NAME:-default}",
    type: "string",
    pattern: "\\$\\{[^}]+\\}",
  },
};

const ELSE = [{ $ref: "#/definitions/variable" }, { $ref: "#/definitions/missing" }];

/** Returns the schema of a setting with one of some values. */
export function setting(described: About, ...values: readonly JsonSchema[]): JsonSchema {
  const { value } = described;
  return {
    description: sentences(described),
    ...(value === undefined ? {} : { default: value }),
    anyOf: [...values, ...ELSE],
  };
}

export function flag(described: About): JsonSchema {
  return setting(described, { type: "boolean" });
}

export function choice(described: About, values: readonly unknown[]): JsonSchema {
  return setting(described, { enum: values });
}

export function wholeNumber(
  described: About,
  minimum: number,
  maximum: number = Number.MAX_SAFE_INTEGER,
): JsonSchema {
  return setting(described, { type: "integer", minimum, maximum });
}

export function port(described: About): JsonSchema {
  return wholeNumber(described, 0, 65_535);
}

/** Returns the schema of a number within bounds. */
export function number(described: About, bounds: JsonSchema): JsonSchema {
  return setting(described, { type: "number", ...bounds });
}

const FILLED: JsonSchema = { type: "string", minLength: 1 };

export function filledText(described: About): JsonSchema {
  return setting(described, FILLED);
}

export function texts(described: About): JsonSchema {
  return setting(described, FILLED, { type: "array", items: FILLED });
}

/** Returns the schema of a mapping with these keys and no others. */
export function section(
  properties: Readonly<Record<string, JsonSchema>>,
  more: JsonSchema = {},
): JsonSchema {
  return { type: ["object", "null"], properties, additionalProperties: false, ...more };
}

/** Returns the schema of a key that is accepted, and should not be written any more. */
export function deprecated(schema: JsonSchema, deprecationMessage: string): JsonSchema {
  return { ...schema, deprecated: true, deprecationMessage };
}
