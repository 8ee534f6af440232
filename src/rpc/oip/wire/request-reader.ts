/**
 * readInferMessage(): reads the message `ModelInferRequest` from its bytes, without the messages in
 * between. Raw contents are views on the bytes.
 * @module
 */

import { FieldReader, UNUSUAL, unlessUnusual } from "../../../protobuf/field-reader.ts";
import {
  type InferRequestMessage,
  type InputMessage,
  MAX_ITEMS,
  type ParameterMessages,
  type RequestedOutputMessage,
} from "../messages.ts";
import { readContents } from "./contents-reader.ts";
import * as tags from "./tags.ts";

type Parameter = ParameterMessages[string];

/**
 * Reads a request in the form that encoders write. Returns undefined for any other, and for a
 * malformed one: the general parser reads those. Of a list with more than `MAX_ITEMS`, which is
 * refused, the rest is left out.
 */
export function readInferMessage(bytes: Uint8Array): InferRequestMessage | undefined {
  return unlessUnusual(() => readRequest(new FieldReader(bytes), bytes.length));
}

function readRequest(reader: FieldReader, end: number): InferRequestMessage {
  let [modelName, modelVersion, id] = ["", "", ""];
  let parameters: Parameters | undefined;
  const inputs: InputMessage[] = [];
  const outputs: RequestedOutputMessage[] = [];
  const rawInputContents: Uint8Array[] = [];
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    switch (tag) {
      case tags.MODEL_NAME:
        modelName = reader.name(end);
        break;
      case tags.MODEL_VERSION:
        modelVersion = reader.name(end);
        break;
      case tags.ID:
        id = reader.text(end);
        break;
      case tags.PARAMETERS:
        parameters ??= new Parameters();
        parameters.read(reader, end);
        break;
      case tags.INPUTS:
        add(inputs, reader, end, readInput);
        break;
      case tags.REQUESTED_OUTPUTS:
        add(outputs, reader, end, readOutput);
        break;
      case tags.RAW_INPUTS: {
        const raw = reader.part(end);
        if (rawInputContents.length <= MAX_ITEMS) rawInputContents.push(raw);
        break;
      }
      default:
        throw UNUSUAL;
    }
  }
  const read = parameters?.byName ?? NO_PARAMETERS;
  return { modelName, modelVersion, id, parameters: read, inputs, outputs, rawInputContents };
}

/** Reads an item of a list, or skips one beyond the bound. */
function add<T>(
  list: T[],
  reader: FieldReader,
  end: number,
  read: (reader: FieldReader, end: number) => T,
): void {
  const itemEnd = reader.partEnd(end);
  if (list.length <= MAX_ITEMS) list.push(read(reader, itemEnd));
  reader.at = itemEnd;
}

function readInput(reader: FieldReader, end: number): InputMessage {
  let [name, datatype] = ["", ""];
  let shape: number[] | undefined;
  let parameters: Parameters | undefined;
  let contents: InputMessage["contents"];
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    switch (tag) {
      case tags.NAME:
        name = reader.name(end);
        break;
      case tags.DATATYPE:
        datatype = reader.name(end);
        break;
      case tags.SHAPE:
        if (shape !== undefined) throw UNUSUAL;
        shape = readShape(reader, reader.partEnd(end));
        break;
      case tags.TENSOR_PARAMETERS:
        parameters ??= new Parameters();
        parameters.read(reader, end);
        break;
      case tags.CONTENTS: {
        if (contents !== undefined) throw UNUSUAL;
        const contentsEnd = reader.partEnd(end);
        contents = readContents(reader, contentsEnd);
        break;
      }
      default:
        throw UNUSUAL;
    }
  }
  return {
    name,
    datatype,
    shape: shape ?? [],
    parameters: parameters?.byName ?? NO_PARAMETERS,
    contents,
  };
}

/** Reads a shape, of which negative lengths are unusual. Of too many axes, the rest is left out. */
function readShape(reader: FieldReader, end: number): number[] {
  const shape: number[] = [];
  while (reader.at < end && shape.length <= MAX_ITEMS) shape.push(reader.varint(end));
  reader.at = end;
  return shape;
}

function readOutput(reader: FieldReader, end: number): RequestedOutputMessage {
  let name = "";
  let parameters: Parameters | undefined;
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === tags.NAME) name = reader.name(end);
    else if (tag === tags.OUTPUT_PARAMETERS) {
      parameters ??= new Parameters();
      parameters.read(reader, end);
    } else throw UNUSUAL;
  }
  return { name, parameters: parameters?.byName ?? NO_PARAMETERS };
}

const NO_PARAMETERS: ParameterMessages = {};

/** The parameters of a message, read entry by entry. */
class Parameters {
  readonly #read = new Map<string, Parameter>();

  /** Reads an entry. One of the same name replaces it. */
  read(reader: FieldReader, end: number): void {
    const entryEnd = reader.partEnd(end);
    if (reader.tag(entryEnd) !== tags.KEY) throw UNUSUAL;
    const key = reader.name(entryEnd);
    if (reader.tag(entryEnd) !== tags.VALUE) throw UNUSUAL;
    if (reader.partEnd(entryEnd) !== entryEnd) throw UNUSUAL;
    const parameter = { parameterChoice: readChoice(reader, entryEnd) };
    if (reader.at !== entryEnd) throw UNUSUAL;
    if (this.#read.size <= MAX_ITEMS) this.#read.set(key, parameter);
  }

  get byName(): ParameterMessages {
    return Object.fromEntries(this.#read); // even with the name `__proto__`
  }
}

function readChoice(reader: FieldReader, end: number): Parameter["parameterChoice"] {
  switch (reader.tag(end)) {
    case tags.BOOL_PARAMETER:
      return { case: "boolParam", value: reader.bool(end) };
    case tags.INT64_PARAMETER:
      return { case: "int64Param", value: BigInt.asIntN(64, readLong(reader, end)) };
    case tags.STRING_PARAMETER:
      return { case: "stringParam", value: reader.text(end) };
    case tags.DOUBLE_PARAMETER:
      return { case: "doubleParam", value: reader.double(end) };
    case tags.UINT64_PARAMETER:
      return { case: "uint64Param", value: readLong(reader, end) };
    default:
      throw UNUSUAL;
  }
}

function readLong(reader: FieldReader, end: number): bigint {
  const low = reader.low(end);
  return (BigInt(reader.high >>> 0) << 32n) | BigInt(low >>> 0);
}
