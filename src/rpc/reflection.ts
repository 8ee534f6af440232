/**
 * `grpc.reflection.v1.ServerReflection` and v1alpha, which have the same messages: for tools that
 * have no proto files (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md).
 * @module
 */

import type { DescFile, DescService } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { excerpt } from "../io/wording.ts";
import { log } from "../log.ts";
import { DescriptorIndex } from "./descriptor-index.ts";
import type { TypedService } from "./typed/typed-service.ts";

/** A question, in either version. */
interface Question {
  readonly host: string;
  readonly messageRequest:
    | {
        readonly case:
          | "allExtensionNumbersOfType"
          | "fileByFilename"
          | "fileContainingSymbol"
          | "listServices";
        readonly value: string;
      }
    | {
        readonly case: "fileContainingExtension";
        readonly value: { readonly containingType: string; readonly extensionNumber: number };
      }
    | { readonly case: undefined };
}

/** An answer, in either version. */
type Answer =
  | { case: "fileDescriptorResponse"; value: { fileDescriptorProto: Uint8Array[] } }
  | {
      case: "allExtensionNumbersResponse";
      value: { baseTypeName: string; extensionNumber: number[] };
    }
  | { case: "listServicesResponse"; value: { service: { name: string }[] } }
  | { case: "errorResponse"; value: { errorCode: Code; errorMessage: string } };

/** The implementation of the service, for either version. */
export interface Reflection {
  serverReflectionInfo<Q extends Question>(
    questions: AsyncIterable<Q>,
  ): AsyncGenerator<{
    validHost: string;
    originalRequest: Q;
    messageResponse: Answer;
  }>;
}

/**
 * The implementation, for either version.
 *
 * @param mounted the services of the server, by their full names; complete at the first stream
 * @param typed the service whose types are made when they are asked for
 */
export function reflection(
  mounted: ReadonlyMap<string, DescService>,
  typed?: TypedService,
): Reflection {
  let index: DescriptorIndex | undefined;
  let indexed: DescService | undefined;
  /** Returns the index of the types as they are now. */
  async function indexNow(): Promise<DescriptorIndex> {
    const now = await typed?.descriptor().catch(noTypes);
    if (index === undefined || now !== indexed) {
      index = new DescriptorIndex([...mounted.values(), ...(now === undefined ? [] : [now])]);
      indexed = now;
    }
    return index;
  }
  return {
    async *serverReflectionInfo<Q extends Question>(questions: AsyncIterable<Q>) {
      const index = await indexNow();
      const names = namesOf(mounted, typed);
      const sent = new Set<DescFile>();
      for await (const question of questions) {
        yield {
          validHost: question.host,
          originalRequest: question,
          messageResponse: answer(question, index, names, sent),
        };
      }
    },
  };
}

/** Returns the full names of all services, sorted. */
export function namesOf(
  mounted: ReadonlyMap<string, unknown>,
  typed: TypedService | undefined,
): readonly string[] {
  return [...mounted.keys(), ...(typed === undefined ? [] : [typed.typeName])].sort();
}

/** The other services are described if those types cannot be made. */
function noTypes(error: unknown): undefined {
  log.error("The types of the APIs could not be made for reflection: {error}", { error });
}

function answer(
  { messageRequest: asked }: Question,
  index: DescriptorIndex,
  names: readonly string[],
  sent: Set<DescFile>,
): Answer {
  switch (asked.case) {
    case "listServices": {
      const service = names.map((name) => ({ name }));
      return { case: "listServicesResponse", value: { service } };
    }
    case "fileByFilename":
      return filesFor(index.file(asked.value), `file "${excerpt(asked.value)}"`, index, sent);
    case "fileContainingSymbol":
      return filesFor(index.fileOf(asked.value), `symbol "${excerpt(asked.value)}"`, index, sent);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = asked.value;
      const file = index.fileOfExtension(containingType, extensionNumber);
      const words = `extension ${extensionNumber} of "${excerpt(containingType)}"`;
      return filesFor(file, words, index, sent);
    }
    case "allExtensionNumbersOfType": {
      const numbers = index.extensionsOf(asked.value);
      if (numbers === undefined) return notFound(`message "${excerpt(asked.value)}"`);
      const value = { baseTypeName: asked.value, extensionNumber: numbers };
      return { case: "allExtensionNumbersResponse", value };
    }
    default:
      return failure(Code.InvalidArgument, "The request asks for nothing");
  }
}

/** Returns a file, followed by its imports that have not been sent on the stream. */
function filesFor(
  file: DescFile | undefined,
  words: string,
  index: DescriptorIndex,
  sent: Set<DescFile>,
): Answer {
  if (file === undefined) return notFound(words);
  const files = new Set([file]);
  // The iteration of a set includes the items that are added during it.
  for (const one of files) {
    for (const imported of one.dependencies) if (!sent.has(imported)) files.add(imported);
    sent.add(one);
  }
  const fileDescriptorProto = [...files].map((one) => index.encode(one));
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function notFound(words: string): Answer {
  return failure(Code.NotFound, `There is no ${words}`);
}

function failure(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
