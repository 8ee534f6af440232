/**
 * writeInferMessage(): writes the message `ModelInferResponse`.
 * @module
 */

import { Writer } from "../../../protobuf/writer.ts";
import type {
  ContentsMessage,
  InferResponseMessage,
  OutputMessage,
  ParameterMessages,
} from "../messages.ts";
import * as tags from "./tags.ts";

/** The bytes of all heads of a message, and of the front of its frame. */
const HEAD_BYTES = 64;

/** Three bytes of UTF-8 for a character, at most. */
const CHARACTER_BYTES = 3;

/** The bytes of the rest of an output: its heads, its datatype and its shape. */
const OUTPUT_BYTES = 128;

/** Writes a response. Returns its writer, for what comes in front of it. */
export function writeInferMessage(response: InferResponseMessage): Writer {
  const { modelName, modelVersion, id, parameters, outputs, rawOutputContents } = response;
  const writer = new Writer(sizeOf(response));
  for (const raw of rawOutputContents.toReversed()) writer.part(tags.RAW_OUTPUTS, raw);
  for (const output of outputs.toReversed()) writeOutput(writer, output);
  writeParameters(writer, tags.PARAMETERS, parameters);
  if (id !== "") writer.text(tags.ID, id);
  if (modelVersion !== "") writer.text(tags.MODEL_VERSION, modelVersion);
  if (modelName !== "") writer.text(tags.MODEL_NAME, modelName);
  return writer;
}

/** Returns the room for a response without its parameters, which are few, and its integers. */
function sizeOf(response: InferResponseMessage): number {
  const { modelName, modelVersion, id, outputs, rawOutputContents } = response;
  let size = HEAD_BYTES + CHARACTER_BYTES * (modelName.length + modelVersion.length + id.length);
  for (const { name } of outputs) size += OUTPUT_BYTES + CHARACTER_BYTES * name.length;
  for (const { length } of rawOutputContents) size += HEAD_BYTES + length;
  for (const { contents } of outputs) {
    size += 4 * (contents?.fp32Contents?.length ?? 0) + 8 * (contents?.fp64Contents?.length ?? 0);
  }
  return size;
}

function writeOutput(writer: Writer, output: OutputMessage): void {
  const { name, datatype, shape, parameters, contents } = output;
  const end = writer.length;
  if (contents !== undefined) {
    const contentsEnd = writer.length;
    writeContents(writer, contents);
    writer.head(tags.CONTENTS, writer.length - contentsEnd);
  }
  writeParameters(writer, tags.TENSOR_PARAMETERS, parameters);
  if (shape.length > 0) {
    const shapeEnd = writer.length;
    for (const length of shape.toReversed()) writeLong(writer, length);
    writer.head(tags.SHAPE, writer.length - shapeEnd);
  }
  if (datatype !== "") writer.text(tags.DATATYPE, datatype);
  if (name !== "") writer.text(tags.NAME, name);
  writer.head(tags.OUTPUTS, writer.length - end);
}

function writeContents(writer: Writer, contents: Partial<ContentsMessage>): void {
  const { bytesContents, boolContents, fp32Contents, fp64Contents } = contents;
  const { intContents, uintContents, int64Contents, uint64Contents } = contents;
  for (let index = (bytesContents?.length ?? 0) - 1; index >= 0; index--) {
    writer.part(tags.BYTES, bytesContents?.[index] as Uint8Array);
  }
  writeMemory(writer, tags.DOUBLES, fp64Contents);
  writeMemory(writer, tags.FLOATS, fp32Contents);
  writePacked(writer, tags.UINT64S, uint64Contents, writeLong);
  writePacked(writer, tags.UINTS, uintContents, writeInt);
  writePacked(writer, tags.INT64S, int64Contents, writeLong);
  writePacked(writer, tags.INTS, intContents, writeInt);
  writeMemory(writer, tags.BOOLS, boolContents);
}

/** Writes elements as they are in memory, little-endian as every runtime has them. */
function writeMemory(writer: Writer, tag: number, elements: ArrayLike<unknown> | undefined): void {
  if (elements === undefined || elements.length === 0) return;
  const { buffer, byteOffset, byteLength } = elements as unknown as Uint8Array;
  writer.part(tag, new Uint8Array(buffer, byteOffset, byteLength));
}

function writePacked<T>(
  writer: Writer,
  tag: number,
  elements: ArrayLike<T> | undefined,
  write: (writer: Writer, element: T) => void,
): void {
  if (elements === undefined || elements.length === 0) return;
  const end = writer.length;
  for (let index = elements.length - 1; index >= 0; index--) write(writer, elements[index] as T);
  writer.head(tag, writer.length - end);
}

/** Writes an integer of up to 32 bits; a negative one takes ten bytes. */
function writeInt(writer: Writer, value: number): void {
  if (value >= 0) writer.varint(value);
  else writer.longVarint(value, -1);
}

function writeLong(writer: Writer, value: bigint): void {
  writer.longVarint(Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn));
}

function writeParameters(writer: Writer, tag: number, parameters: ParameterMessages): void {
  for (const [name, { parameterChoice }] of Object.entries(parameters).toReversed()) {
    const end = writer.length;
    switch (parameterChoice.case) {
      case "boolParam":
        writer.small(tags.BOOL_PARAMETER, parameterChoice.value ? 1 : 0);
        break;
      case "int64Param":
        writeLong(writer, parameterChoice.value);
        writer.varint(tags.INT64_PARAMETER);
        break;
      case "stringParam":
        writer.text(tags.STRING_PARAMETER, parameterChoice.value);
        break;
      case "doubleParam":
        writer.double(tags.DOUBLE_PARAMETER, parameterChoice.value);
        break;
      case "uint64Param":
        writeLong(writer, parameterChoice.value);
        writer.varint(tags.UINT64_PARAMETER);
        break;
      default:
    }
    writer.head(tags.VALUE, writer.length - end);
    writer.text(tags.KEY, name);
    writer.head(tag, writer.length - end);
  }
}
