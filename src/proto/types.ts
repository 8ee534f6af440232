/**
 * The types of a proto file: messages with their fields, and enums. They are made once, and then
 * printed, made into descriptors, or used to read and write messages.
 * @module
 */

import { protoCamelCase, safeObjectProperty } from "@bufbuild/protobuf/reflect";
import { Names, pascalCase, snakeCase, upperCase } from "./names.ts";

/** The scalar types in use. */
export type Scalar =
  | "bool"
  | "bytes"
  | "double"
  | "float"
  | "int32"
  | "int64"
  | "string"
  | "uint32"
  | "uint64";

/** The type of any JSON value. */
export const VALUE = "google.protobuf.Value";

/** The type of a field. */
export type FieldType = Scalar | typeof VALUE | MessageType | EnumType;

/** How many values a field has. `optional`: none or one, and zero is told from none. */
export type Label = "one" | "optional" | "list" | "map";

/** One field of a message. */
export interface Field {
  /** The name that it is made of. */
  readonly key: string;
  readonly name: string;
  /** Its name in JSON: the key, unless protobuf does not allow that. */
  readonly jsonName: string;
  /** Its property in messages of protobuf-es. */
  readonly localName: string;
  readonly type: FieldType;
  readonly label: Label;
  readonly comment: string | undefined;
  number: number;
}

/** What a field is made of. */
export type FieldFacts = Pick<Field, "type" | "label"> & { readonly comment?: string | undefined };

type FieldNames = Pick<Field, "key" | "name" | "jsonName">;

/** The numbers that protobuf keeps for itself. */
const FIRST_RESERVED = 19_000;
const LAST_RESERVED = 19_999;

/** The keys that cannot be names in JSON: empty ones, those with NUL, and those of extensions. */
const NO_JSON_NAME = /^$|\0|^\[.*\]$/s;

/** A message. */
export class MessageType {
  readonly kind = "message";
  readonly name: string;
  readonly comment: string | undefined;
  readonly fields: Field[] = [];
  /** The numbers and names of fields that an earlier version had. */
  readonly reserved: { readonly name: string; readonly number: number }[] = [];
  /** The name of the oneof that all fields are in; undefined for none. */
  readonly oneof: string | undefined;
  readonly #names = new Names();
  readonly #jsonNames = new Set<string>();
  /** The names of the fields for some keys. */
  readonly #keys = new Map<string, string>();

  constructor(name: string, comment?: string, oneof?: string) {
    this.name = name;
    this.comment = comment;
    this.oneof = oneof;
    if (oneof !== undefined) this.#names.take(oneof);
  }

  /**
   * Chooses the names of the fields for keys that are added later. A key that may be the name of a
   * field is that of its own: parsers of JSON take names of fields for keys, too.
   */
  nameKeys(keys: readonly string[]): void {
    for (const isName of [true, false]) {
      for (const key of keys) {
        const name = snakeCase(key);
        if ((name === key) === isName) this.#keys.set(key, this.#names.take(name, "_"));
      }
    }
  }

  /** Adds a field for a key of the user's. Its number is the next one. */
  add(key: string, facts: FieldFacts): Field {
    const name = this.#keys.get(key) ?? this.#names.take(snakeCase(key), "_");
    return this.#push({ key, name, jsonName: this.#jsonName(key, name), ...facts });
  }

  /** Adds a field of a name of our own, which is written in JSON as protobuf does. */
  addOwn(key: string, facts: FieldFacts): Field {
    const name = this.#names.take(key, "_");
    const jsonName = this.#jsonName(protoCamelCase(name), name);
    return this.#push({ key, name, jsonName, ...facts });
  }

  #push({ type, label, comment, ...names }: FieldFacts & FieldNames): Field {
    const field = {
      ...names,
      localName: safeObjectProperty(protoCamelCase(names.name)),
      type,
      label,
      comment,
      number: nextNumber(this.fields.at(-1)?.number ?? 0),
    };
    this.fields.push(field);
    return field;
  }

  #jsonName(key: string, name: string): string {
    const isKey = !NO_JSON_NAME.test(key);
    let free = isKey ? key.toWellFormed() : protoCamelCase(name);
    while (this.#jsonNames.has(free) || (!isKey && this.#keys.has(free))) free += "_";
    this.#jsonNames.add(free);
    return free;
  }
}

/** Returns the number after another one, without those that protobuf keeps for itself. */
export function nextNumber(number: number): number {
  return number + 1 === FIRST_RESERVED ? LAST_RESERVED + 1 : number + 1;
}

/** One value of an enum. */
export interface EnumValue {
  readonly text: string;
  readonly name: string;
  number: number;
}

/** An enum of strings. Its value 0 stands for none of them. */
export class EnumType {
  readonly kind = "enum";
  readonly name: string;
  readonly comment: string | undefined;
  readonly zero: string;
  readonly values: readonly EnumValue[];
  readonly reserved: { readonly name: string; readonly number: number }[] = [];

  /** @param scope the names of the file, where those of values are, too */
  constructor(name: string, texts: readonly string[], scope: Names, comment?: string) {
    this.name = name;
    this.comment = comment;
    const prefix = upperCase(name);
    this.zero = scope.take(`${prefix}_UNSPECIFIED`, "_");
    this.values = texts.map((text, at) => ({
      text,
      name: scope.take(`${prefix}_${upperCase(text === "" ? "empty" : text)}`, "_"),
      number: at + 1,
    }));
  }
}

/** The names of the types that APIs share, which no other type gets. */
const SHARED = [
  ...["Bool", "Float16", "Float32", "Float64", "Int8", "Int16", "Int32", "Int64", "String"],
  ...["Uint8", "Uint16", "Uint32", "Uint64", ""],
].map((dtype) => `${dtype}Tensor`);
const COLUMNS = ["Bool", "Double", "Float", "Int32", "Int64", "String", "Uint64", ""].map(
  (type) => `${type}Column`,
);

/** The types of one file. */
export class Types {
  readonly messages: MessageType[] = [];
  readonly enums: EnumType[] = [];
  readonly #names = new Names([...SHARED, ...COLUMNS, "File", "Table", "TensorDtype"]);
  readonly #values = new Names();
  readonly #shared = new Map<string, MessageType | EnumType>();

  /** Takes a name that no type is to have. */
  reserve(name: string): string {
    return this.#names.take(name);
  }

  /** Adds a message of a name that was reserved. */
  named(name: string, comment?: string): MessageType {
    const made = new MessageType(name, comment);
    this.messages.push(made);
    return made;
  }

  /** Adds a message. */
  message(name: string, comment?: string, oneof?: string): MessageType {
    const made = new MessageType(this.#names.take(pascalCase(name)), comment, oneof);
    this.messages.push(made);
    return made;
  }

  /** Adds an enum of strings. */
  enumOf(name: string, texts: readonly string[], comment?: string): EnumType {
    const made = new EnumType(this.#names.take(pascalCase(name)), texts, this.#values, comment);
    this.enums.push(made);
    return made;
  }

  /** Returns the message that APIs share, which is made once. */
  shared(name: string, comment: string, fill: (message: MessageType) => void): MessageType {
    const known = this.#shared.get(name);
    if (known instanceof MessageType) return known;
    const made = this.named(name, comment);
    this.#shared.set(name, made);
    fill(made);
    return made;
  }

  /** Returns the enum that APIs share, which is made once. */
  sharedEnum(name: string, texts: readonly string[], comment: string): EnumType {
    const known = this.#shared.get(name);
    if (known instanceof EnumType) return known;
    const made = new EnumType(name, texts, this.#values, comment);
    this.enums.push(made);
    this.#shared.set(name, made);
    return made;
  }
}
