/**
 * DescriptorIndex: where the names of protobuf files are declared, for reflection.
 * @module
 */

import { type DescFile, type DescMessage, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** The files of some services, and all that they import. */
export class DescriptorIndex {
  /** By the name that others import it by. */
  readonly #files = new Map<string, DescFile>();
  /** By the full name of everything that it declares. */
  readonly #symbols = new Map<string, DescFile>();
  /** By the full name of the message that is extended, and the number of the extension. */
  readonly #extensions = new Map<string, Map<number, DescFile>>();
  readonly #encoded = new Map<DescFile, Uint8Array>();

  constructor(services: Iterable<DescService>) {
    for (const { file } of services) this.#addFile(file);
  }

  /** The file of a name, such as `grpc/health/v1/health.proto`. */
  file(name: string): DescFile | undefined {
    return this.#files.get(name);
  }

  /** The file that declares a full name, such as `grpc.health.v1.Health.Check`. */
  fileOf(symbol: string): DescFile | undefined {
    return this.#symbols.get(symbol);
  }

  /** The file that declares an extension of a message. */
  fileOfExtension(message: string, number: number): DescFile | undefined {
    return this.#extensions.get(message)?.get(number);
  }

  /** The numbers of a message's extensions; undefined for a message that is not known. */
  extensionsOf(message: string): number[] | undefined {
    const numbers = this.#extensions.get(message)?.keys();
    if (numbers !== undefined) return [...numbers];
    return this.#symbols.has(message) ? [] : undefined;
  }

  /** A file as a `google.protobuf.FileDescriptorProto`. */
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

  /** The messages, enums and extensions of a file, or those inside a message. */
  #addTypes(file: DescFile, scope: DescFile | DescMessage, scopeName: string): void {
    const { enums, extensions } = scope.kind === "file" ? scope : nestedIn(scope);
    const messages = scope.kind === "file" ? scope.messages : scope.nestedMessages;
    for (const one of enums) {
      this.#symbols.set(one.typeName, file);
      // The values of an enum stand beside it, as in C.
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
