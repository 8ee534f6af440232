/**
 * ObjectShape: objects with known keys as messages with a field for each.
 * @module
 */

import { isObject, requireObject, type Shape } from "./shape.ts";
import { type Field, type Label, MessageType, VALUE } from "./types.ts";

/** The direction in which messages go. */
export type Side = "request" | "answer";

/** How a key stands in an object. */
export interface KeyFacts {
  readonly isRequired: boolean;
  /** True if its value may be null. */
  readonly isNullable: boolean;
  /** The only value that it can have; undefined for several. */
  readonly constant?: unknown;
  readonly comment?: string | undefined;
}

interface Property extends KeyFacts {
  readonly key: string;
  readonly field: Field;
  readonly shape: Shape;
}

/** The number of a field for everything that has no field of its own, far from those of others. */
export const REST_NUMBER = 10_000;

/**
 * Returns the label of a field. In requests, zero is told from a field that is not set, so that a
 * missing value is not taken for zero.
 */
export function labelOf({ type, label }: Shape, side: Side, isAlwaysSet: boolean): Label {
  if (label !== "one") return label;
  if (type instanceof MessageType || type === VALUE) return "one";
  return side === "request" || !isAlwaysSet ? "optional" : "one";
}

/** The shape of an object with known keys. */
export class ObjectShape implements Shape {
  readonly type: MessageType;
  readonly label = "one";
  readonly #side: Side;
  readonly #properties: Property[] = [];
  #rest: { readonly field: Field; readonly shape: Shape } | undefined;
  #keys: ReadonlySet<string> | undefined;

  constructor(type: MessageType, side: Side) {
    this.type = type;
    this.#side = side;
  }

  /** The texts of keys with one value alone, by which kinds of objects are told apart. */
  get constants(): readonly string[] {
    return this.#properties.flatMap(({ constant }) =>
      typeof constant === "string" ? [constant] : [],
    );
  }

  /** Adds a key. */
  add(key: string, shape: Shape, facts: KeyFacts): void {
    const { isRequired, isNullable, comment } = facts;
    const label = labelOf(shape, this.#side, isRequired && !isNullable);
    const field = this.type.add(key, { type: shape.type, label, comment });
    this.#properties.push({ ...facts, key, field, shape });
  }

  /** Adds the field for all other keys. */
  addRest(shape: Shape): void {
    const facts = { type: shape.type, label: "map" as const, comment: "All other keys." };
    const field = this.type.addOwn("additional_properties", facts);
    if (field.number < REST_NUMBER) field.number = REST_NUMBER;
    this.#rest = { field, shape };
  }

  read(message: unknown): unknown {
    const fields = message as Readonly<Record<string, unknown>>;
    const entries: [string, unknown][] = [];
    for (const { key, field, shape, isRequired, isNullable, constant } of this.#properties) {
      const value = fields[field.localName];
      if (shape.label !== "one") {
        if (isRequired || sizeOf(value) > 0) entries.push([key, shape.read(value)]);
      } else if (value !== undefined) entries.push([key, shape.read(value)]);
      else if (isRequired && constant !== undefined) entries.push([key, constant]);
      else if (isRequired && isNullable) entries.push([key, null]);
    }
    if (this.#rest !== undefined) {
      const { field, shape } = this.#rest;
      const known = this.#known();
      const others = Object.entries(shape.read(fields[field.localName]) as object);
      entries.push(...others.filter(([key]) => !known.has(key)));
    }
    return Object.fromEntries(entries);
  }

  write(given: unknown): unknown {
    const value = requireObject(given, this.type.name);
    const fields: Record<string, unknown> = {};
    for (const { key, field, shape, isNullable } of this.#properties) {
      const one = Object.hasOwn(value, key) ? value[key] : undefined;
      if (one === undefined || (one === null && isNullable)) continue;
      fields[field.localName] = shape.write(one);
    }
    if (this.#rest !== undefined) {
      const { field, shape } = this.#rest;
      const known = this.#known();
      const others = Object.entries(value).filter(([key]) => !known.has(key));
      fields[field.localName] = shape.write(Object.fromEntries(others));
    }
    return fields;
  }

  accepts(value: unknown): boolean {
    if (!isObject(value)) return false;
    return this.#properties.every(({ key, shape, isRequired, isNullable, constant }) => {
      const one = Object.hasOwn(value, key) ? value[key] : undefined;
      if (one === undefined) return !isRequired;
      if (one === null && isNullable) return true;
      return constant === undefined ? shape.accepts(one) : constant === one;
    });
  }

  #known(): ReadonlySet<string> {
    this.#keys ??= new Set(this.#properties.map(({ key }) => key));
    return this.#keys;
  }
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  for (const _ in value as object) return 1;
  return 0;
}
