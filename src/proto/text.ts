/**
 * protoText(): a proto file as text.
 * @module
 */

import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import { typeText } from "./numbers.ts";
import type { ProtoFile, ProtoMethod } from "./proto-file.ts";
import { type EnumType, type Field, type MessageType, VALUE } from "./types.ts";

/** The file of `google.protobuf.Value`. */
export const STRUCT_FILE = "google/protobuf/struct.proto";

/** The widest line of a comment. */
const WIDTH = 98;

/** Returns the text of a file. */
export function protoText(file: ProtoFile): string {
  const { messages, enums, methods } = file;
  const imports = usesValue(messages) ? [`import ${JSON.stringify(STRUCT_FILE)};`] : [];
  const head = [
    ...commentLines(
      `The APIs of ${file.serviceName}, written by "ekiben proto".\nFields are numbered in the ` +
        'order of their definition, or as in the file that the service is given as "proto".',
    ),
  ];
  const service = [
    ...commentLines(`The APIs of ${file.serviceName}.`),
    `service ${file.service} {`,
    ...methods.flatMap((method) => indented([...methodLines(method)])),
    "}",
  ];
  const blocks = [
    head,
    ['syntax = "proto3";'],
    [`package ${file.package};`],
    imports,
    [`option go_package = "${goPackage(file)}";`],
    service,
    ...messages.map((message) => messageLines(message, file)),
    ...enums.map(enumLines),
  ];
  const text = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${text.join("\n\n")}\n`;
}

/** Returns true if a message has a field for any value of JSON. */
export function usesValue(messages: readonly MessageType[]): boolean {
  return messages.some(({ fields }) => fields.some(({ type }) => type === VALUE));
}

/** Returns the package for Go, which its compiler asks for: a path, and a name. */
export function goPackage({ package: own }: Pick<ProtoFile, "package">): string {
  const path = own.includes(".") ? own.replaceAll(".", "/") : `ekiben/${own}`;
  const [last = "", before = ""] = own.split(".").reverse();
  return `${path};${`${before}${last}`.replaceAll("_", "")}`;
}

function methodLines({
  name,
  apiName,
  comment,
  isStream,
  request,
  response,
}: ProtoMethod): string[] {
  const answer = isStream ? `stream ${response.name}` : response.name;
  return [
    ...commentLines(comment ?? `Calls the API ${apiName}.`),
    `rpc ${name}(${request.name}) returns (${answer});`,
  ];
}

function messageLines(message: MessageType, file: ProtoFile): string[] {
  const { name, comment, fields, oneof } = message;
  const lines = fields.flatMap((field) => fieldLines(field, file));
  const body = oneof === undefined ? lines : [`oneof ${oneof} {`, ...indented(lines), "}"];
  const all = [...reservedLines(message), ...body];
  const head = commentLines(comment);
  return all.length === 0
    ? [...head, `message ${name} {}`]
    : [...head, `message ${name} {`, ...indented(all), "}"];
}

function fieldLines(field: Field, file: ProtoFile): string[] {
  const { name, number, jsonName, comment, label } = field;
  const option =
    jsonName === protoCamelCase(name) ? "" : ` [json_name = ${JSON.stringify(jsonName)}]`;
  const presence = label === "optional" ? "optional " : "";
  const type = rooted(typeText(field), file);
  return [...commentLines(comment), `${presence}${type} ${name} = ${number}${option};`];
}

/** Returns a type whose name cannot be taken for one in the package of the file. */
function rooted(type: string, { package: own }: ProtoFile): string {
  return own.split(".").includes("google") ? type.replace(VALUE, `.${VALUE}`) : type;
}

function enumLines(type: EnumType): string[] {
  const values = type.values.flatMap(({ name, text, number }) => [
    ...commentLines(JSON.stringify(text.toWellFormed())),
    `${name} = ${number};`,
  ]);
  const body = [...reservedLines(type), `${type.zero} = 0;`, ...values];
  return [...commentLines(type.comment), `enum ${type.name} {`, ...indented(body), "}"];
}

function reservedLines({ reserved }: MessageType | EnumType): string[] {
  if (reserved.length === 0) return [];
  const names = reserved.filter(({ name }) => name !== "").map(({ name }) => `"${name}"`);
  return [
    `reserved ${reserved.map(({ number }) => number).join(", ")};`,
    ...(names.length === 0 ? [] : [`reserved ${names.join(", ")};`]),
  ];
}

/** Returns a comment of some text, whose lines are wrapped. */
function commentLines(text: string | undefined): string[] {
  if (text === undefined || text.trim() === "") return [];
  const lines: string[] = [];
  for (const paragraph of text.trim().split(/[\r\n\u2028\u2029\v\f]+/)) {
    let line = "//";
    for (const word of paragraph.split(/\s+/)) {
      if (line.length + word.length >= WIDTH && line !== "//") {
        lines.push(line);
        line = "//";
      }
      line += ` ${word}`;
    }
    lines.push(line);
  }
  // Control characters may not stand in a file.
  return lines.map((line) => line.toWellFormed().replace(/\p{Cc}/gu, "?"));
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
