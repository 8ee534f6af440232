/**
 * protoFile(): the proto file of a service: one rpc for each API, with messages of the types of its
 * descriptors.
 * @module
 */

import type { AnyApi } from "../service/api.ts";
import { keepNumbers } from "./numbers.ts";
import type { Content } from "./part.ts";
import { contentOf } from "./parts.ts";
import { type ProtoNames, type ProtoOptions, protoNames } from "./service-names.ts";
import { EnumType, type FieldType, MessageType, Types } from "./types.ts";

/** The part of a service that its file is made of. */
export interface ProtoService {
  readonly name: string;
  readonly apis: Readonly<Record<string, AnyApi>>;
}

/** One rpc. */
export interface ProtoMethod {
  readonly name: string;
  readonly apiName: string;
  readonly comment: string | undefined;
  /** True if it answers with a stream. */
  readonly isStream: boolean;
  readonly request: MessageType;
  readonly response: MessageType;
  readonly input: Content;
  readonly output: Content;
}

/** A proto file. */
export interface ProtoFile extends Omit<ProtoNames, "methods"> {
  readonly serviceName: string;
  readonly methods: readonly ProtoMethod[];
  readonly messages: readonly MessageType[];
  readonly enums: readonly EnumType[];
}

/**
 * Returns the file of a service.
 *
 * @throws TypeError for an invalid package
 */
export function protoFile(given: ProtoService, options: ProtoOptions = {}): ProtoFile {
  const { methods: names, ...file } = protoNames(given.name, Object.keys(given.apis), options);
  const types = new Types();
  // Types are looked for among the methods first.
  for (const name of [file.service, ...names.values()]) types.reserve(name);
  const messages = [...names.values()].map((name) => [
    types.named(types.reserve(`${name}Request`)),
    types.named(types.reserve(`${name}Response`)),
  ]);
  const methods = Object.entries(given.apis).map(([apiName, api], at): ProtoMethod => {
    const name = names.get(apiName) ?? apiName;
    const [request, response] = messages[at] ?? [];
    if (request === undefined || response === undefined) throw new TypeError(`No ${name}`);
    const { description: comment, input, output, stream: isStream = false } = api;
    return {
      ...{ name, apiName, comment, isStream, request, response },
      input: contentOf(input, request, { types, side: "request" }),
      output: contentOf(output, response, { types, side: "answer" }),
    };
  });
  const used = reachable(methods.flatMap(({ request, response }) => [request, response]));
  const made = {
    ...{ ...file, serviceName: given.name, methods },
    messages: types.messages.filter((message) => used.has(message)),
    enums: types.enums.filter((one) => used.has(one)),
  };
  if (options.earlier !== undefined) keepNumbers(made, options.earlier);
  return made;
}

/** Returns messages, and the types that they lead to. */
function reachable(messages: readonly MessageType[]): ReadonlySet<FieldType> {
  const found = new Set<FieldType>(messages);
  // The iteration of a set includes the items that are added during it.
  for (const type of found) {
    if (!(type instanceof MessageType)) continue;
    for (const field of type.fields) {
      if (field.type instanceof MessageType || field.type instanceof EnumType) {
        found.add(field.type);
      }
    }
  }
  return found;
}
