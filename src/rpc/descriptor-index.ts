/**
 * DescriptorIndex: finds the protobuf file that declares a name, for reflection.
 * @module
 */

import { type DescFile, type DescMessage, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** The files of some services, and all their imports. */
export class DescriptorIndex {
  /** The files by their names. */
  readonly #files = new Map<string, DescFile>();
  /** The files by the full names of their declarations. */
  readonly #symbols = new Map<string, DescFile>();
  /** The files by the full name of an extended message, and the number of the extension. */
  readonly #extensions = new Map<string, Map<number, DescFile>>();
  readonly #encoded = new Map<DescFile, Uint8Array>();

  constructor(services: Iterable<DescService>) {
    for (const { file } of services) this.#addFile(file);
  }

  /** Returns a file by its name, such as `grpc/health/v1/health.proto`. */
  file(name: string): DescFile | undefined {
    return this.#files.get(name);
  }

  /** Returns the file that declares a full name, such as `grpc.health.v1.Health.Check`. */
  fileOf(symbol: string): DescFile | undefined {
    return this.#symbols.get(symbol);
  }

  /** Returns the file that declares an extension of a message. */
  fileOfExtension(message: string, number: number): DescFile | undefined {
    return this.#extensions.get(message)?.get(number);
  }

  /** Returns the numbers of a message's extensions; undefined for an unknown message. */
  extensionsOf(message: string): number[] | undefined {
    const numbers = this.#extensions.get(message)?.keys();
    if (numbers !== undefined) return [...numbers];
    return this.#symbols.has(message) ? [] : undefined;
  }

  /** Returns a file as an encoded `google.protobuf.FileDescriptorProto`. */
  encode(file: DescFile): Uint8Array {
    const known = this.#encoded.get(file);
    if (known !== undefined) return known;
    const bytes = toBinary(FileDescriptorProtoSchema, file.proto);
    this.#encoded.set(file, bytes);
    return bytes;
  }

  #addFile(file: DescFile): void {
    const name = file.proto.name;
    if (this.#files.has(name)) return;
    this.#files.set(name, file);
    for (const imported of file.dependencies) this.#addFile(imported);
    this.#addTypes(file, file, file.proto.package);
    for (const service of file.services) {
      this.#symbols.set(service.typeName, file);
      for (const method of service.methods) {
        this.#symbols.set(`${service.typeName}.${method.name}`, file);
      }
    }
  }

  /** Adds the messages, enums and extensions of a file or of a message. */
  #addTypes(file: DescFile, scope: DescFile | DescMessage, scopeName: string): void {
    const { enums, extensions } = scope.kind === "file" ? scope : nestedIn(scope);
    const messages = scope.kind === "file" ? scope.messages : scope.nestedMessages;
    for (const one of enums) {
      this.#symbols.set(one.typeName, file);
      // The values of an enum are in the scope of the enum itself, as in C.
      for (const value of one.values) this.#symbols.set(within(scopeName, value.name), file);
    }
    for (const { typeName, number, extendee } of extensions) {
      this.#symbols.set(typeName, file);
      const numbers = this.#extensions.get(extendee.typeName) ?? new Map<number, DescFile>();
      this.#extensions.set(extendee.typeName, numbers.set(number, file));
    }
    for (const message of messages) {
      this.#symbols.set(message.typeName, file);
      for (const { name } of [...message.fields, ...message.oneofs]) {
        this.#symbols.set(within(message.typeName, name), file);
      }
      this.#addTypes(file, message, message.typeName);
    }
  }
}

function nestedIn({ nestedEnums, nestedExtensions }: DescMessage) {
  return { enums: nestedEnums, extensions: nestedExtensions };
}

function within(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}
