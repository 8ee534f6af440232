/**
 * descriptorOf(): a proto file as a descriptor, as protobuf's compiler makes one of its text.
 * @module
 */

import { create, createFileRegistry, type DescFile } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldDescriptorProto_Label as FieldLabel,
  FieldDescriptorProto_Type as FieldType,
  FileDescriptorProtoSchema,
  file_google_protobuf_struct,
} from "@bufbuild/protobuf/wkt";
import { pascalCase } from "./names.ts";
import type { ProtoFile } from "./proto-file.ts";
import { goPackage, STRUCT_FILE, usesValue } from "./text.ts";
import { EnumType, type Field, MessageType, type Scalar, VALUE } from "./types.ts";

const SCALARS: Readonly<Record<Scalar, FieldType>> = {
  bool: FieldType.BOOL,
  bytes: FieldType.BYTES,
  double: FieldType.DOUBLE,
  float: FieldType.FLOAT,
  int32: FieldType.INT32,
  int64: FieldType.INT64,
  string: FieldType.STRING,
  uint32: FieldType.UINT32,
  uint64: FieldType.UINT64,
};

/** Returns the descriptor of a file. */
export function descriptorOf(file: ProtoFile): DescFile {
  const proto = create(FileDescriptorProtoSchema, {
    name: file.path,
    package: file.package,
    dependency: usesValue(file.messages) ? [STRUCT_FILE] : [],
    syntax: "proto3",
    options: { goPackage: goPackage(file) },
    messageType: file.messages.map((message) => messageOf(message, file.package)),
    enumType: file.enums.map((type) =>
      create(EnumDescriptorProtoSchema, {
        name: type.name,
        value: [
          { name: type.zero, number: 0 },
          ...type.values.map(({ name, number }) => ({ name, number })),
        ],
        ...reservedOf(type, 0),
      }),
    ),
    service: [
      {
        name: file.service,
        method: file.methods.map(({ name, request, response, isStream }) => ({
          name,
          inputType: `.${file.package}.${request.name}`,
          outputType: `.${file.package}.${response.name}`,
          ...(isStream ? { serverStreaming: true } : {}),
        })),
      },
    ],
  });
  const registry = createFileRegistry(proto, (name) =>
    name === STRUCT_FILE ? file_google_protobuf_struct : undefined,
  );
  const made = registry.getFile(file.path);
  if (made === undefined) throw new TypeError(`There is no ${file.path}`);
  return made;
}

function messageOf(message: MessageType, scope: string): DescriptorProto {
  const { name, fields, oneof } = message;
  const optional = fields.filter(({ label }) => label === "optional");
  const oneofs = oneof === undefined ? [] : [oneof];
  // As the compiler does: each optional field is in a oneof of its own.
  const own = new Map(optional.map((field, at) => [field, oneofs.length + at]));
  const maps = fields.filter(({ label }) => label === "map");
  const inside = `${scope}.${name}`;
  return create(DescriptorProtoSchema, {
    name,
    field: fields.map((field) => {
      const at = own.get(field);
      const made = fieldOf(field, scope, inside);
      if (at !== undefined) Object.assign(made, { proto3Optional: true, oneofIndex: at });
      else if (oneof !== undefined) made.oneofIndex = 0;
      return made;
    }),
    oneofDecl: [...oneofs, ...optional.map((field) => `_${field.name}`)].map((each) => ({
      name: each,
    })),
    nestedType: maps.map((field) => ({
      name: entryOf(field),
      field: [
        singleOf({ name: "key", jsonName: "key", number: 1, type: "string" }, scope),
        singleOf({ name: "value", jsonName: "value", number: 2, type: field.type }, scope),
      ],
      options: { mapEntry: true },
    })),
    ...reservedOf(message, 1),
  });
}

/** Returns the name of the message of the entries of a map. */
function entryOf({ name }: Field): string {
  return `${pascalCase(name)}Entry`;
}

function fieldOf(field: Field, scope: string, message: string): FieldDescriptorProto {
  const { label } = field;
  const made = singleOf(field, scope);
  if (label === "list" || label === "map") made.label = FieldLabel.REPEATED;
  if (label === "map") {
    made.type = FieldType.MESSAGE;
    made.typeName = `.${message}.${entryOf(field)}`;
  }
  return made;
}

function singleOf(
  { name, jsonName, number, type }: Pick<Field, "name" | "jsonName" | "number" | "type">,
  scope: string,
): FieldDescriptorProto {
  const own = { name, number, jsonName, label: FieldLabel.OPTIONAL };
  return create(FieldDescriptorProtoSchema, { ...own, ...typeOf(type, scope) });
}

function typeOf(type: Field["type"], scope: string): { type: FieldType; typeName?: string } {
  if (type === VALUE) return { type: FieldType.MESSAGE, typeName: `.${VALUE}` };
  if (type instanceof MessageType) {
    return { type: FieldType.MESSAGE, typeName: `.${scope}.${type.name}` };
  }
  if (type instanceof EnumType) return { type: FieldType.ENUM, typeName: `.${scope}.${type.name}` };
  return { type: SCALARS[type] };
}

/** @param past what is added to the last number of a range */
function reservedOf({ reserved }: MessageType | EnumType, past: number) {
  return {
    reservedRange: reserved.map(({ number }) => ({ start: number, end: number + past })),
    reservedName: reserved.flatMap(({ name }) => (name === "" ? [] : [name])),
  };
}
