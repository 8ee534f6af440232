/**
 * JsonShapes: the shapes of values by their JSON Schema. What protobuf has no type for is a
 * `google.protobuf.Value`.
 * @module
 */

import { encodeJson, jsonOf } from "../bentoml/content/json.ts";
import { pointed, stepOf } from "../schema/document.ts";
import {
  commentOf,
  hasKeys,
  listedBy,
  MAX_REFS,
  merged,
  optionName,
  optionsOf,
  type Raw,
} from "./keywords.ts";
import { ObjectShape, type Side } from "./object-shape.ts";
import {
  BOOLEAN,
  enumShape,
  integers,
  isObject,
  listOf,
  mapOf,
  numbers,
  type Shape,
  TEXT,
} from "./shape.ts";
import { EnumType, type MessageType, type Types, VALUE } from "./types.ts";
import { boxOf, tupleOf, UNION, unionOf } from "./union-shape.ts";

/** The shape of a schema. */
export interface Found {
  readonly shape: Shape;
  readonly isNullable: boolean;
  /** The only value; undefined for several. */
  readonly constant?: unknown;
}

/** The shape of any value. */
export const ANY_VALUE: Shape = {
  type: VALUE,
  label: "one",
  read: (field) => jsonOf(field as Parameters<typeof jsonOf>[0]),
  write: encodeJson,
  accepts: () => true,
};

const ANY: Found = { shape: ANY_VALUE, isNullable: false };

/** Finds the shapes of the schemas of one document. */
export class JsonShapes {
  readonly #types: Types;
  readonly #side: Side;
  readonly #root: Raw;
  /** The shapes by their references; undefined while they are made. */
  readonly #known = new Map<string, Found | undefined>();

  /** @param root what references begin at: `{ $defs }` */
  constructor(types: Types, side: Side, root: object) {
    this.#types = types;
    this.#side = side;
    this.#root = root as Raw;
  }

  /**
   * Fills a message with the fields of a schema, if it is one of objects with known keys.
   *
   * @returns undefined for any other schema
   */
  fill(message: MessageType, schema: object): ObjectShape | undefined {
    let target = merged(schema as Raw, this);
    for (let count = 0; typeof target["$ref"] === "string" && count < MAX_REFS; count += 1) {
      target = merged(this.find(target["$ref"]) ?? {}, this);
    }
    if (!hasKeys(target)) return undefined;
    return this.#fillObject(new ObjectShape(message, this.#side), target);
  }

  /**
   * Returns the shape of a schema.
   *
   * @param name a name for its type
   */
  of(schema: unknown, name: string): Found {
    if (!isObject(schema)) return ANY;
    if (typeof schema["$ref"] === "string") return this.#ofRef(schema["$ref"]);
    const own = merged(schema, this);
    const options = optionsOf(own);
    if (options !== undefined) return this.#ofOptions(options, name, commentOf(own));
    if ("not" in own || "if" in own) return ANY;
    if ("const" in own) return ofConstant(own["const"]);
    if (Array.isArray(own["enum"])) return this.#ofEnum(own["enum"], name, commentOf(own));
    switch (own["type"]) {
      case "string":
        return { shape: TEXT, isNullable: false };
      case "boolean":
        return { shape: BOOLEAN, isNullable: false };
      case "number": {
        const shape = numbers(own["format"] === "float" ? "float" : "double");
        return { shape, isNullable: false };
      }
      case "integer":
        return { shape: integersOf(own), isNullable: false };
      case "array":
        return { shape: this.#ofList(own, name), isNullable: false };
      case "object":
        return { shape: this.#ofObject(own, name), isNullable: false };
      default:
        return ANY;
    }
  }

  /** Returns the shape of a schema as a single value in a list, a map or a oneof. */
  #single(schema: unknown, name: string): Shape {
    const found = this.of(schema, name);
    return found.isNullable || found.shape.label !== "one" ? this.#boxed(found, name) : found.shape;
  }

  #boxed({ shape, isNullable }: Found, name: string): Shape {
    return boxOf(this.#types.message(name), shape, this.#side, isNullable);
  }

  #ofRef(ref: string): Found {
    if (this.#known.has(ref)) return this.#known.get(ref) ?? ANY;
    const target = this.find(ref);
    if (target === undefined) return ANY;
    const name = stepOf(ref.slice(ref.lastIndexOf("/") + 1));
    const own = merged(target, this);
    if (hasKeys(own)) {
      const message = this.#types.message(name, commentOf(own));
      const shape = new ObjectShape(message, this.#side);
      const found = { shape, isNullable: false };
      this.#known.set(ref, found); // its fields may have its own type
      this.#fillObject(shape, own);
      return found;
    }
    this.#known.set(ref, undefined);
    const found = this.of(target, name);
    this.#known.set(ref, found);
    return found;
  }

  /** Returns the schema that a reference leads to. */
  find(ref: string): Raw | undefined {
    const at = pointed(this.#root, ref);
    return isObject(at) ? at : undefined;
  }

  #ofObject(schema: Raw, name: string): Shape {
    if (hasKeys(schema)) {
      const message = this.#types.message(name, commentOf(schema));
      return this.#fillObject(new ObjectShape(message, this.#side), schema);
    }
    const { additionalProperties } = schema;
    return isObject(additionalProperties)
      ? mapOf(this.#single(additionalProperties, `${name} value`))
      : ANY_VALUE;
  }

  #fillObject(shape: ObjectShape, schema: Raw): ObjectShape {
    const { properties = {}, required, additionalProperties, patternProperties } = schema;
    const needed = new Set(Array.isArray(required) ? required : []);
    shape.type.nameKeys(Object.keys(properties as Raw));
    for (const [key, property] of Object.entries(properties as Raw)) {
      const name = `${shape.type.name} ${key}`;
      const found = this.of(property, name);
      const isBoxed = found.isNullable && found.shape.label !== "one";
      const one = isBoxed ? this.#boxed({ ...found, isNullable: false }, name) : found.shape;
      const comment = isObject(property) ? commentOf(property) : undefined;
      shape.add(key, one, { ...found, isRequired: needed.has(key), comment });
    }
    if (patternProperties !== undefined) shape.addRest(mapOf(ANY_VALUE));
    else if (additionalProperties === true) shape.addRest(mapOf(ANY_VALUE));
    else if (isObject(additionalProperties)) {
      shape.addRest(mapOf(this.#single(additionalProperties, `${shape.type.name} other`)));
    }
    return shape;
  }

  #ofList({ items, prefixItems }: Raw, name: string): Shape {
    if (!Array.isArray(prefixItems)) return listOf(this.#single(items, `${name} item`));
    const found = prefixItems.map((each) => this.of(each, `${name} item`));
    const [first] = found;
    // The items of a pair of numbers, for one, need no names.
    const isSame = found.every(({ shape, isNullable, constant }) => {
      const isPlain = typeof shape.type === "string" || shape.type instanceof EnumType;
      const hasOne = shape.label === "one" && !isNullable && constant === undefined;
      return isPlain && hasOne && shape.type === first?.shape.type;
    });
    if (first !== undefined && isSame && !isObject(items)) return listOf(first.shape);
    const places = found.map((each) => {
      const isSingle = !each.isNullable && each.shape.label === "one";
      return isSingle ? each.shape : this.#boxed(each, `${name} item`);
    });
    const rest = isObject(items) ? this.#single(items, `${name} rest`) : undefined;
    return tupleOf(this.#types.message(name), places, rest, this.#side);
  }

  #ofEnum(values: readonly unknown[], name: string, comment: string | undefined): Found {
    const others = [...new Set(values.filter((value) => value !== null))];
    const isNullable = others.length < new Set(values).size;
    const [only] = others;
    if (others.length === 1) return { ...ofConstant(only), isNullable };
    if (others.every((value) => typeof value === "string")) {
      return { shape: enumShape(this.#types.enumOf(name, others, comment)), isNullable };
    }
    if (others.every((value) => Number.isInteger(value))) {
      const range = others.map(Number);
      return { shape: integers(Math.min(...range), Math.max(...range)), isNullable };
    }
    return others.every((value) => typeof value === "number")
      ? { shape: numbers("double"), isNullable }
      : ANY;
  }

  #ofOptions(all: readonly Raw[], name: string, comment: string | undefined): Found {
    const options = all.filter(({ type }) => type !== "null");
    const isNullable = options.length < all.length;
    const values = options.flatMap(listedBy);
    if (values.length > 0 && options.every((one) => listedBy(one).length > 0)) {
      const { shape, constant } = this.#ofEnum(values, name, comment);
      return { shape, constant, isNullable };
    }
    const named = options.map((option) => [option, `${name} ${optionName(option)}`] as const);
    const [only] = options;
    const found = named.map(([option, long]) =>
      this.of(option, only === option && options.length === 1 ? name : long),
    );
    const [first] = found;
    if (first === undefined || found.some(({ shape }) => shape === ANY_VALUE)) return ANY;
    const isEither = isNullable || found.some((each) => each.isNullable);
    if (found.length === 1) return { ...first, isNullable: isEither };
    const scalars = found.map(({ shape }) => (shape.label === "one" ? shape.type : ""));
    const areAll = (types: readonly unknown[]): boolean =>
      scalars.every((type) => types.includes(type instanceof EnumType ? "string" : type));
    if (areAll(["string"])) return { shape: TEXT, isNullable: isEither };
    if (areAll(["bool"])) return { shape: BOOLEAN, isNullable: isEither };
    if (areAll(["double", "float", "int32", "int64", "uint32", "uint64"])) {
      return { shape: numbers("double"), isNullable: isEither };
    }
    const message = this.#types.message(name, comment, UNION);
    const branches = found.map((each, at) => {
      const single = { ...each, isNullable: false };
      const long = named[at]?.[1] ?? name;
      const shape = each.shape.label === "one" ? each.shape : this.#boxed(single, long);
      return [branchKey(options[at] ?? {}, each), shape] as const;
    });
    return { shape: unionOf(message, branches), isNullable: isEither };
  }
}

function ofConstant(constant: unknown): Found {
  switch (typeof constant) {
    case "string":
      return { shape: TEXT, isNullable: false, constant };
    case "boolean":
      return { shape: BOOLEAN, isNullable: false, constant };
    case "number": {
      const isWhole = Number.isInteger(constant);
      const shape = isWhole ? integers(constant, constant) : numbers("double");
      return { shape, isNullable: false, constant };
    }
    default:
      return ANY;
  }
}

function integersOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Raw): Shape {
  const bound = (value: unknown): value is number | bigint =>
    typeof value === "number" || typeof value === "bigint";
  const least = [minimum, exclusiveMinimum].find(bound) ?? -(2n ** 63n);
  const most = [maximum, exclusiveMaximum].find(bound) ?? 2n ** 63n - 1n;
  return integers(least, most);
}

/** Returns the name of the field of a kind of values. */
function branchKey(option: Raw, { shape }: Found): string {
  const [constant] = shape instanceof ObjectShape ? shape.constants : [];
  if (constant !== undefined && typeof option["title"] !== "string") return constant;
  const isNamed = shape instanceof ObjectShape || typeof option["title"] === "string";
  return isNamed ? optionName(option) : `${optionName(option)}_value`;
}
