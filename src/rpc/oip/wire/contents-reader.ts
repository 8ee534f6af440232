/**
 * readContents(): reads the message `InferTensorContents` into typed arrays.
 * @module
 */

import { type FieldReader, UNUSUAL } from "../../../protobuf/field-reader.ts";
import type { ContentsMessage } from "../messages.ts";
import * as tags from "./tags.ts";

/** Contents without elements. */
const NONE: ContentsMessage = {
  boolContents: [],
  intContents: [],
  int64Contents: [],
  uintContents: [],
  uint64Contents: [],
  fp32Contents: [],
  fp64Contents: [],
  bytesContents: [],
};

/** Reads contents that end at `end`. @throws UNUSUAL for several fields, or parts of one */
export function readContents(reader: FieldReader, end: number): ContentsMessage {
  const tag = reader.tag(end);
  if (tag === 0) return NONE;
  if (tag === tags.BYTES) return { ...NONE, bytesContents: readBytes(reader, end) };
  const partEnd = reader.partEnd(end);
  if (partEnd !== end) throw UNUSUAL;
  switch (tag) {
    case tags.BOOLS:
      return { ...NONE, boolContents: readBools(reader, end) };
    case tags.INTS:
      return { ...NONE, intContents: readVarints(reader, end, Int32Array) };
    case tags.UINTS:
      return { ...NONE, uintContents: readVarints(reader, end, Uint32Array) };
    case tags.INT64S:
      return { ...NONE, int64Contents: new BigInt64Array(readLongs(reader, end)) };
    case tags.UINT64S:
      return { ...NONE, uint64Contents: new BigUint64Array(readLongs(reader, end)) };
    case tags.FLOATS:
      return { ...NONE, fp32Contents: new Float32Array(readElements(reader, end, 4)) };
    case tags.DOUBLES:
      return { ...NONE, fp64Contents: new Float64Array(readElements(reader, end, 8)) };
    default:
      throw UNUSUAL;
  }
}

function readBytes(reader: FieldReader, end: number): Uint8Array[] {
  const all = [reader.part(end)];
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag !== tags.BYTES) throw UNUSUAL;
    all.push(reader.part(end));
  }
  return all;
}

/** Reads booleans as the bytes that they are sent as, 0 or 1. */
function readBools(reader: FieldReader, end: number): Uint8Array {
  const bools = reader.rest(end);
  for (const bool of bools) if (bool > 1) throw UNUSUAL;
  return bools;
}

function readVarints<T extends Int32Array | Uint32Array>(
  reader: FieldReader,
  end: number,
  array: new (length: number) => T,
): T {
  const numbers = new array(reader.countVarints(end));
  for (let index = 0; reader.at < end; index++) numbers[index] = reader.low(end);
  return numbers;
}

/** Reads integers of 64 bits, little-endian as every runtime has them. */
function readLongs(reader: FieldReader, end: number): ArrayBuffer {
  const halves = new Int32Array(2 * reader.countVarints(end));
  for (let index = 0; reader.at < end; index += 2) {
    halves[index] = reader.low(end);
    halves[index + 1] = reader.high;
  }
  return halves.buffer;
}

/** Copies elements, which need not lie at a multiple of their size. */
function readElements(reader: FieldReader, end: number, elementBytes: number): ArrayBuffer {
  const part = reader.rest(end);
  if (part.length % elementBytes !== 0) throw UNUSUAL;
  return new Uint8Array(part).buffer;
}
