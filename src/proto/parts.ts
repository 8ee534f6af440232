/**
 * The parts and the contents of descriptors.
 * @module
 */

import { eachField, requireValues } from "../io/form/multipart.ts";
import type { Io, IoHost, Payload } from "../io/io.ts";
import type { JsonSpec, MultipartSpec, NamedTensorsSpec, NdarraySpec } from "../io/spec.ts";
import { castTensor } from "../io/tensor/cast.ts";
import { listNames } from "../io/wording.ts";
import { Definitions } from "../schema/json-schema.ts";
import { standardSchema } from "../schema/standard.ts";
import { ANY_VALUE, type Found, JsonShapes } from "./json-shapes.ts";
import { pascalCase } from "./names.ts";
import { labelOf, type ObjectShape, type Side } from "./object-shape.ts";
import type { Content, Part } from "./part.ts";
import { missing, requireObject } from "./shape.ts";
import { seriesPart, tablePart } from "./table-part.ts";
import { tensorShape } from "./tensor-shape.ts";
import type { Field, MessageType, Types } from "./types.ts";

type AnyIo = Io<unknown, never>;
type Fields = Readonly<Record<string, unknown>>;

/** Where the types of a descriptor are made. */
export interface Place {
  readonly types: Types;
  readonly side: Side;
}

/** Fills the message of a descriptor, and returns its conversions. */
export function contentOf(io: AnyIo, message: MessageType, place: Place): Content {
  const { spec } = io;
  if (spec?.kind === "multipart") return formContent(spec, message, place);
  if (spec?.kind === "namedTensors" && spec.tensors() !== undefined) {
    return namedContent(spec, message, place);
  }
  if (spec?.kind !== "json") return partContent(partOf(io, message.name, place), message, place);
  const schema = schemaOf(spec, message.name, place);
  const object = schema?.shapes.fill(message, schema.root);
  if (object !== undefined) return jsonContent(spec, object);
  const found = schema?.shapes.of(schema.root, `${message.name} value`);
  return partContent(jsonPart(spec, found), message, place);
}

/** Returns the part of a descriptor. */
function partOf(io: AnyIo, name: string, place: Place): Part {
  const { spec } = io;
  switch (spec?.kind) {
    case "text": {
      const encode = (value: unknown): string => spec.check(value).toWellFormed();
      return { key: "text", type: "string", label: "one", decode: (text) => text, encode };
    }
    case "json": {
      const schema = schemaOf(spec, name, place);
      return jsonPart(spec, schema?.shapes.of(schema.root, name));
    }
    case "ndarray":
      return tensorPart(spec, place);
    case "namedTensors":
      return namedPart(spec, place);
    case "dataframe":
      return tablePart(place.types, spec, place.side, name);
    case "series":
      return seriesPart(place.types, spec, place.side);
    case "multipart": {
      const message = place.types.message(name);
      const content = formContent(spec, message, place);
      return { key: "form", type: message, label: "one", ...content };
    }
    default:
      return filePart(io, place);
  }
}

/** Returns the content of a message with one field. */
function partContent(part: Part, message: MessageType, { side }: Place): Content {
  const { type, label } = part;
  const shape = { ...ANY_VALUE, type, label };
  const field = message.addOwn(part.key, { type, label: labelOf(shape, side, true) });
  return {
    decode: (given, host) => decodePart(part, field, given, host),
    encode: (value, host) => whenMade(part.encode(value, host), (made) => fieldOf(field, made)),
  };
}

function decodePart(part: Part, field: Field, message: unknown, host: IoHost): unknown {
  const value = (message as Fields)[field.localName];
  if (value === undefined) throw missing(field.name);
  return part.decode(value, host);
}

function fieldOf({ localName }: Field, value: unknown): Fields {
  return { [localName]: value };
}

function formContent(spec: MultipartSpec, message: MessageType, place: Place): Content {
  const { side } = place;
  message.nameKeys(Object.keys(spec.fields));
  const parts = new Map(
    Object.entries(spec.fields).map(([name, io]) => {
      const part = partOf(io, `${message.name} ${name}`, place);
      const { type, label } = part;
      const shape = { ...ANY_VALUE, type, label };
      return [
        name,
        { part, field: message.add(name, { type, label: labelOf(shape, side, true) }) },
      ];
    }),
  );
  const partNamed = (name: string): { readonly part: Part; readonly field: Field } => {
    const found = parts.get(name);
    if (found === undefined) throw new TypeError(`There is no part ${name}`);
    return found;
  };
  return {
    decode: (given, host) =>
      eachField(spec.fields, async (name) => {
        const { part, field } = partNamed(name);
        return await decodePart(part, field, given, host);
      }),
    async encode(value, host) {
      requireValues(value, Object.keys(spec.fields));
      const made = await eachField(spec.fields, async (name) =>
        partNamed(name).part.encode((value as Fields)[name], host),
      );
      const fields = Object.entries(made).map(([name, one]) => [
        partNamed(name).field.localName,
        one,
      ]);
      return Object.fromEntries(fields);
    },
  };
}

/** A JSON Schema, and what finds the shapes in its document. */
interface FoundSchema {
  readonly root: object;
  readonly shapes: JsonShapes;
}

/** Returns the JSON Schema of a descriptor; undefined if it takes any value. */
function schemaOf(
  { schema }: JsonSpec,
  name: string,
  { types, side }: Place,
): FoundSchema | undefined {
  if (schema === undefined) return undefined;
  const definitions = new Definitions();
  const root = standardSchema(schema, pascalCase(name), definitions);
  return { root, shapes: new JsonShapes(types, side, { $defs: definitions.all }) };
}

function jsonContent(spec: JsonSpec, shape: ObjectShape): Content {
  return {
    decode: (message) => spec.convert(shape.read(message)),
    encode: (value) => whenMade(spec.toJson(value), (json) => shape.write(json)),
  };
}

/** @param found the shape of its value; undefined for any */
function jsonPart(spec: JsonSpec, found: Found | undefined): Part {
  // What may be null has a type of its own for it.
  const own = found === undefined || found.isNullable ? ANY_VALUE : found.shape;
  const { type, label } = own;
  return {
    key: { one: "value", list: "values", map: "entries" }[label],
    type,
    label,
    decode: (field) => spec.convert(own.read(field)),
    encode: (value) => whenMade(spec.toJson(value), (json) => own.write(json)),
  };
}

function tensorPart(spec: NdarraySpec, { types }: Place): Part {
  const { type, read, write } = tensorShape(types, spec.dtype);
  return {
    key: "tensor",
    type,
    label: "one",
    decode: (field) => spec.convert(read(field)),
    encode: (value) => write(spec.check(value)),
  };
}

/** Returns the part of tensors by name, of which none are known. */
function namedPart(_: NamedTensorsSpec, { types }: Place): Part {
  const { type, read, write } = tensorShape(types, undefined);
  const mapped = (given: object, convert: (value: unknown) => unknown): object =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, convert(value)]));
  return {
    key: "tensors",
    type,
    label: "map",
    decode: (field) => mapped(field as object, read),
    encode: (value) => mapped(requireObject(value, "tensors by name"), write),
  };
}

/** Returns the content of tensors by name: a field for each. */
function namedContent(spec: NamedTensorsSpec, message: MessageType, { types }: Place): Content {
  const known = spec.tensors() ?? [];
  message.nameKeys(known.map(({ name }) => name));
  const tensors = known.map(({ name, dtype }) => {
    const shape = tensorShape(types, dtype);
    return { name, dtype, shape, field: message.add(name, { type: shape.type, label: "one" }) };
  });
  return {
    decode(given) {
      const entries = tensors.flatMap(({ name, dtype, shape, field }) => {
        const value = (given as Fields)[field.localName];
        if (value === undefined) return [];
        const tensor = shape.read(value);
        return [[name, dtype === undefined ? tensor : castTensor(tensor, dtype, false)] as const];
      });
      return Object.fromEntries(entries);
    },
    encode(value) {
      const entries = Object.entries(requireObject(value, "tensors by name")).map(([name, one]) => {
        const found = tensors.find((each) => each.name === name);
        if (found !== undefined) return [found.field.localName, found.shape.write(one)] as const;
        const names = listNames(tensors.map((each) => each.name));
        throw new TypeError(`Cannot encode a tensor "${name}": there are ${names}`);
      });
      return Object.fromEntries(entries);
    },
  };
}

/** Returns the part of a body that is carried as it is. */
function filePart(io: AnyIo, { types }: Place): Part {
  const type = types.shared("File", "A file, or any other body.", (message) => {
    message.addOwn("content", { type: "bytes", label: "one" });
    const comment = "Its media type, such as image/png.";
    message.addOwn("media_type", { type: "string", label: "one", comment });
    message.addOwn("filename", { type: "string", label: "one" });
  });
  const { kind, spec } = io;
  const own = spec?.kind === "file" ? spec.mimeType : spec === undefined ? io.mediaType : undefined;
  return {
    key: spec === undefined ? "content" : kind,
    type,
    label: "one",
    decode(field, host) {
      const file = field as { content: Uint8Array; mediaType: string; filename: string };
      const { content: bytes, mediaType, filename } = file;
      const named = filename === "" ? {} : { filename };
      return io.decode({ bytes, type: mediaType === "" ? own : mediaType, ...named }, host);
    },
    encode: (value, host) =>
      whenMade(io.encode(value as never, host), ({ bytes, type: media, filename }: Payload) => ({
        ...{ content: bytes, mediaType: media ?? "" },
        ...(filename === undefined ? {} : { filename }),
      })),
  };
}

function whenMade<T, R>(value: T | Promise<T>, next: (value: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
