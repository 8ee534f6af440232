/**
 * The codecs of the messages of API calls and of inferences: bytes from and to the values of their
 * contents, without the messages in between that Connect's handlers need.
 * @module
 */

import type { DescMethod } from "@bufbuild/protobuf";
import type { WireContent } from "../bentoml/wire/content.ts";
import { readRequest } from "../bentoml/wire/request.ts";
import { writeResponse } from "../bentoml/wire/response.ts";
import { BentoService } from "../gen/bentoml/grpc/v1/service_pb.ts";
import { Inference } from "../gen/ekiben/v1/inference_pb.ts";
import { GRPCInferenceService } from "../gen/inference/grpc_service_pb.ts";
import type { Writer } from "../protobuf/writer.ts";
import type { InferResponseMessage } from "./oip/messages.ts";
import { readInferMessage } from "./oip/wire/request-reader.ts";
import { writeInferMessage } from "./oip/wire/response-writer.ts";
import { ENVELOPE_BYTES } from "./open-message.ts";

/** Reads and writes the messages of a method. */
export interface Codec {
  /** Reads a request; undefined if the general parser must read it. */
  read(bytes: Uint8Array): unknown;
  /** Writes an answer in its envelope; undefined if the general serializer must write it. */
  write(answer: unknown): Uint8Array | undefined;
}

/** The tag of the only field of the messages of a stream. */
const WRAPPED = 0x0a;

/** The front of the message that is being written. */
const FRONT = new Uint8Array(ENVELOPE_BYTES);
const FRONT_VIEW = new DataView(FRONT.buffer);

const CALL: Codec = {
  read: readRequest,
  write: (answer) => {
    const { content } = answer as { readonly content: WireContent };
    return envelope(writeResponse(content));
  },
};

const CALL_STREAM: Codec = {
  read(bytes) {
    const [start, length] = partOf(bytes);
    if (start + length !== bytes.length) return undefined;
    const request = readRequest(bytes.subarray(start));
    return request && { request };
  },
  write(answer) {
    const { response } = answer as { readonly response: { readonly content: WireContent } };
    const writer = writeResponse(response.content);
    writer?.head(WRAPPED, writer.length);
    return envelope(writer);
  },
};

const MODEL_INFER: Codec = {
  read: readInferMessage,
  write: (answer) => envelope(writeInferMessage(answer as InferResponseMessage)),
};

/** The codecs of the methods whose implementations take the contents that they read. */
export const API_CODECS: ReadonlyMap<DescMethod, Codec> = new Map<DescMethod, Codec>([
  [BentoService.method.call, CALL],
  [Inference.method.get, CALL],
  [Inference.method.callStream, CALL_STREAM],
  [GRPCInferenceService.method.modelInfer, MODEL_INFER],
]);

/** Writes the front of a message that is not compressed. */
function envelope(writer: Writer | undefined): Uint8Array | undefined {
  if (writer === undefined) return undefined;
  FRONT_VIEW.setUint32(1, writer.length);
  writer.raw(FRONT);
  return writer.finish();
}

/** Returns where the message of a stream begins, and its length. */
function partOf(bytes: Uint8Array): readonly [start: number, length: number] {
  if (bytes[0] !== WRAPPED) return [0, -1];
  let length = 0;
  for (let at = 1; at <= 4; at++) {
    const byte = bytes[at] ?? 0;
    length |= (byte & 0x7f) << (7 * (at - 1));
    if (byte < 0x80) return [at + 1, length];
  }
  return [0, -1];
}
