/**
 * The messages of Connect's conformance suite, by the descriptors that the suite itself brings:
 * its .proto files are not kept here.
 * @module
 */

import { readFileSync } from "node:fs";
import {
  createFileRegistry,
  type DescMessage,
  type DescService,
  fromBinary,
  type Message,
} from "@bufbuild/protobuf";
import { type Any, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** A header or a trailer with all its values. */
export interface Header {
  readonly name: string;
  readonly value: readonly string[];
}

/** The error that a response is to end with. */
export interface ErrorDefinition {
  readonly code: number;
  readonly message?: string;
  readonly details: readonly Any[];
}

/** What the answer of a call with one answer is to be. */
export interface UnaryDefinition {
  readonly responseHeaders: readonly Header[];
  readonly response:
    | { readonly case: "responseData"; readonly value: Uint8Array }
    | { readonly case: "error"; readonly value: ErrorDefinition }
    | { readonly case: undefined };
  readonly responseTrailers: readonly Header[];
  readonly responseDelayMs: number;
}

/** What the answers of a stream are to be. */
export interface StreamDefinition {
  readonly responseHeaders: readonly Header[];
  readonly responseData: readonly Uint8Array[];
  readonly responseDelayMs: number;
  readonly error?: ErrorDefinition;
  readonly responseTrailers: readonly Header[];
}

/** A request of a call with one answer. */
export interface UnaryRequest extends Message {
  readonly responseDefinition?: UnaryDefinition;
}

/** A request of a call with many answers. */
export interface StreamRequest extends Message {
  readonly responseDefinition?: StreamDefinition;
  /** Of calls that stream both ways. */
  readonly fullDuplex?: boolean;
}

/** What the suite asks of the server that it starts. */
export interface ServerCompatRequest extends Message {
  /** 3 is HTTP/1.1's successor: 1 HTTP/1.1, 2 HTTP/2. */
  readonly httpVersion: number;
  readonly useTls: boolean;
  readonly clientTlsCert: Uint8Array;
  readonly messageReceiveLimit: number;
  readonly serverCreds?: { readonly cert: Uint8Array; readonly key: Uint8Array };
}

const PACKAGE = "connectrpc.conformance.v1";

/** @param image the path of what `buf build` makes of the suite's files */
export function readMessages(image: string): {
  readonly service: DescService;
  message(name: string): DescMessage;
} {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(image)));
  const service = registry.getService(`${PACKAGE}.ConformanceService`);
  if (service === undefined) throw new Error(`There is no ConformanceService in ${image}`);
  return {
    service,
    message(name) {
      const message = registry.getMessage(`${PACKAGE}.${name}`);
      if (message === undefined) throw new Error(`There is no message ${name} in ${image}`);
      return message;
    },
  };
}
