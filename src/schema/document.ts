/**
 * JSON Schemas as OpenAPI documents have them, read by the programs that call a server.
 * @module
 */

/** A JSON Schema (2020-12). */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema | boolean;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
}

/** Finds the schema that a reference names. */
export type Resolve = (schema: Schema) => Schema;

/** Returns a function that follows references within a document, up to a bound. */
export function resolver(document: unknown): Resolve {
  return (schema) => {
    let found = schema;
    for (let steps = 0; found.$ref !== undefined && steps < 20; steps += 1) {
      found = (pointed(document, found.$ref) as Schema | undefined) ?? {};
    }
    return found;
  };
}

/**
 * Returns what a JSON Pointer within a document names (RFC 6901): `#` the document itself, and
 * `#/components/schemas/Person` a part of it.
 */
export function pointed(document: unknown, reference: string): unknown {
  let value = document;
  for (const part of reference.split("/").slice(1)) {
    value = (value as Record<string, unknown> | undefined)?.[stepOf(part)];
  }
  return value;
}

/** Returns the key that a step of a JSON Pointer names. */
export function stepOf(part: string): string {
  return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
}

/** Returns the type of a schema, without null; undefined if it has none or several. */
export function typeOf(schema: Schema): string | undefined {
  const types = typesOf(schema);
  return types.length === 1 ? types[0] : undefined;
}

/** Returns the types that a schema allows, without null; none if it allows any. */
export function typesOf({ type, properties }: Schema): readonly string[] {
  const types = typeof type === "string" ? [type] : (type ?? []).filter((each) => each !== "null");
  if (types.length === 0 && properties !== undefined) return ["object"];
  return types;
}

/** Returns true for a schema that says nothing. */
export function isAny(schema: Schema | undefined): boolean {
  return schema === undefined || Object.keys(schema).every((key) => /^(title|descr|\$)/.test(key));
}
