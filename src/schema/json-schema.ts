/**
 * JSON Schema 2020-12, as far as the schemas of descriptors need it
 * (https://json-schema.org/draft/2020-12).
 * @module
 */

/** The types of JSON. */
export type JsonType = "array" | "boolean" | "integer" | "null" | "number" | "object" | "string";

/** A schema. An empty one matches any value. BigInts are written with all their digits. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: JsonType;
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly contentMediaType?: string;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
}

/** Returns the schema of the values of several types, for programs that read only one in `type`. */
export function ofTypes(...types: readonly JsonType[]): JsonSchema {
  return { anyOf: types.map((type) => ({ type })) };
}

/** The schema of any value. */
export const ANY: JsonSchema = {};

/**
 * The schemas of a document that others refer to by name. A schema that contains itself, such as
 * that of arrays in arrays, needs a name.
 */
export class Definitions {
  /** The path of the schemas in the document, `#/$defs` for one. */
  readonly path: string;
  readonly #named = new Map<string, JsonSchema>();
  readonly #made = new Map<object, JsonSchema>();

  constructor(path: string = "#/$defs") {
    this.path = path;
  }

  /** The schemas by name. */
  get all(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries(this.#named);
  }

  /** Returns the reference to a name. */
  refTo(name: string): string {
    return `${this.path}/${name}`;
  }

  /**
   * Defines a schema, unless the name has one already.
   *
   * @param make makes it of the reference to itself
   */
  define(name: string, make: (self: JsonSchema) => JsonSchema): JsonSchema {
    const self = { $ref: this.refTo(name) };
    if (!this.#named.has(name)) {
      this.#named.set(name, ANY); // it may be asked for while it is made
      this.#named.set(name, make(self));
    }
    return self;
  }

  /** Takes a name for a schema that is set later; with a number behind it if it is taken. */
  reserve(name: string): string {
    let free = name;
    for (let count = 2; this.#named.has(free); count += 1) free = `${name}${count}`;
    this.#named.set(free, ANY);
    return free;
  }

  /** Sets the schema of a reserved name. */
  set(name: string, schema: JsonSchema): void {
    this.#named.set(name, schema);
  }

  /** Returns the schema of an object, which is made only once. */
  once(of: object, make: () => JsonSchema): JsonSchema {
    const made = this.#made.get(of) ?? make();
    this.#made.set(of, made);
    return made;
  }
}
