/**
 * writeResponse(): writes BentoML's message `Response`.
 * @module
 */

import { NDArray_DType as MessageDType } from "../../gen/bentoml/grpc/v1/service_pb.ts";
import { Writer } from "../../protobuf/writer.ts";
import type { Tensor } from "../../tensor.ts";
import type { WireContent } from "./content.ts";
import { DOUBLES, DTYPE, FILE_CONTENT, FILE_KIND, FLOATS, SHAPE, TEXT_VALUE } from "./tags.ts";

/** The tags of the fields of `Response`. */
const NDARRAY = 0x0a;
const SERIALIZED_BYTES = 0x12;
const FILE = 0x32;
const TEXT = 0x3a;
const JSON_VALUE = 0x42;

/** The bytes of all heads of a message, and of the front of its frame. */
const HEAD_BYTES = 64;

/** Three bytes of UTF-8 for a character, at most. */
const CHARACTER_BYTES = 3;

/**
 * Writes a response. Returns its writer, for what comes in front of it; `undefined` for a content
 * that the general serializer has to write.
 */
export function writeResponse(content: WireContent): Writer | undefined {
  switch (content.case) {
    case "serializedBytes": {
      const writer = new Writer(HEAD_BYTES + content.value.length);
      writer.part(SERIALIZED_BYTES, content.value);
      return writer;
    }
    case "file": {
      const { kind, content: bytes } = content.value;
      const writer = new Writer(HEAD_BYTES + bytes.length + CHARACTER_BYTES * kind.length);
      writer.text(FILE_KIND, kind);
      if (bytes.length > 0) writer.part(FILE_CONTENT, bytes);
      writer.head(FILE, writer.length);
      return writer;
    }
    case "text": {
      const { value } = content.value;
      const writer = new Writer(3 * HEAD_BYTES + value.length);
      if (value !== "") writer.text(TEXT_VALUE, value);
      writer.head(TEXT, writer.length);
      return writer;
    }
    case "json": {
      const bytes = content.value;
      if (!(bytes instanceof Uint8Array)) return undefined;
      const writer = new Writer(HEAD_BYTES + bytes.length);
      writer.part(JSON_VALUE, bytes);
      return writer;
    }
    case "ndarray":
      return "data" in content.value ? writeNdarray(content.value) : undefined;
    default:
      return undefined;
  }
}

function writeNdarray({ shape, data }: Tensor<"float32" | "float64">): Writer {
  const isFloat = data instanceof Float32Array;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const writer = new Writer(HEAD_BYTES + bytes.length);
  if (bytes.length > 0) writer.part(isFloat ? FLOATS : DOUBLES, bytes);
  if (shape.length > 0) {
    const end = writer.length;
    for (const length of shape.toReversed()) writer.varint(length);
    writer.head(SHAPE, writer.length - end);
  }
  writer.small(DTYPE, isFloat ? MessageDType.DTYPE_FLOAT : MessageDType.DTYPE_DOUBLE);
  writer.head(NDARRAY, writer.length);
  return writer;
}
