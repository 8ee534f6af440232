/**
 * The values of a Parquet page, by its encoding
 * (https://parquet.apache.org/docs/file-format/data-pages/encodings/).
 * @module
 */
import { deltaBinaryUnpack, deltaLengthByteArray } from "hyparquet/src/delta.js";
import { byteStreamSplit } from "hyparquet/src/encoding.js";
import { readPlain } from "hyparquet/src/plain.js";
import { readVarInt } from "hyparquet/src/thrift.js";
import type { DataReader, Encoding, ParquetType } from "hyparquet/src/types.js";
import { badParquet } from "./bad-parquet.ts";
import { readHybrid } from "./hybrid.ts";
import type { Stored } from "./logical.ts";
import type { ParquetColumn } from "./metadata.ts";

/** The most bytes of prefix-compressed values, each of which is kept in full. */
const MAX_SHARED_BYTES = 64 * 2 ** 20;

/** The fewest bits that a value takes. */
const BITS: Readonly<Record<ParquetType, number>> = {
  BOOLEAN: 1,
  INT32: 32,
  INT64: 64,
  INT96: 96,
  FLOAT: 32,
  DOUBLE: 64,
  BYTE_ARRAY: 32,
  FIXED_LEN_BYTE_ARRAY: 8,
};

/**
 * Reads values that are not in a dictionary.
 *
 * @param page bytes that fill their whole buffer
 * @throws any error for damaged bytes; ServiceError `invalid_argument` for an unknown encoding
 */
export function readValues(
  page: Uint8Array,
  begin: number,
  encoding: Encoding | undefined,
  { type, typeLength }: Pick<ParquetColumn, "type" | "typeLength">,
  count: number,
): ArrayLike<Stored> {
  if (count === 0) return [];
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const reader: DataReader = { view, offset: begin };
  const bits = (page.length - begin) * 8;
  switch (encoding) {
    case "PLAIN":
      requireBits(count * bitsOf(type, typeLength), bits);
      return readPlain(reader, type, count, typeLength) as ArrayLike<Stored>;
    case "RLE":
      if (type !== "BOOLEAN") break;
      return Array.from(readHybrid(page.subarray(begin + 4), 1, count), Boolean);
    case "BYTE_STREAM_SPLIT":
      requireBits(count * bitsOf(type, typeLength), bits);
      return byteStreamSplit(reader, count, type, typeLength) as ArrayLike<Stored>;
    case "DELTA_BINARY_PACKED":
      if (type === "INT32") return readDeltas(reader, new Int32Array(count));
      if (type === "INT64") return readDeltas(reader, new BigInt64Array(count));
      break;
    case "DELTA_LENGTH_BYTE_ARRAY": {
      if (type !== "BYTE_ARRAY") break;
      requireDeltas(reader);
      const values = new Array<Uint8Array>(count);
      deltaLengthByteArray(reader, count, values);
      return values;
    }
    case "DELTA_BYTE_ARRAY":
      if (BITS[type] === 32 || type === "FIXED_LEN_BYTE_ARRAY") return readShared(reader, count);
  }
  throw badParquet(`it has ${type} values in the encoding ${encoding}`);
}

function bitsOf(type: ParquetType, typeLength = 1): number {
  return (BITS[type] ?? 0) * (type === "FIXED_LEN_BYTE_ARRAY" ? typeLength : 1);
}

function requireBits(wanted: number, given: number): void {
  if (wanted > given) throw badParquet("a page ends before its values do");
}

function readDeltas<T extends Int32Array | BigInt64Array>(reader: DataReader, values: T): T {
  requireDeltas(reader);
  deltaBinaryUnpack(reader, values.length, values);
  return values;
}

/** Refuses unusual block sizes, since the reader allocates the declared size. */
function requireDeltas({ view, offset }: DataReader): void {
  const head = { view, offset };
  const blockSize = readVarInt(head);
  const parts = readVarInt(head);
  const isRight = blockSize > 0 && blockSize <= 2 ** 16 && parts > 0 && blockSize % parts === 0;
  if (!isRight || blockSize % 128 !== 0 || (blockSize / parts) % 32 !== 0) {
    throw badParquet(`it has deltas in blocks of ${blockSize} in ${parts} parts`);
  }
}

/** Reads prefix-compressed byte arrays, on which hyparquet's own reader has no bound. */
function readShared(reader: DataReader, count: number): Uint8Array[] {
  const prefixes = readDeltas(reader, new Int32Array(count));
  const suffixes = readDeltas(reader, new Int32Array(count));
  const { view } = reader;
  const page = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const values: Uint8Array[] = [];
  let at = reader.offset;
  let total = 0;
  let previous = new Uint8Array();
  for (let index = 0; index < count; index++) {
    const [prefix = -1, suffix = -1] = [prefixes[index], suffixes[index]];
    total += prefix + suffix;
    if (prefix < 0 || suffix < 0 || prefix > previous.length || at + suffix > page.length) {
      throw badParquet("it has texts that share more than there is");
    }
    if (total > MAX_SHARED_BYTES) throw badParquet("it has too much text in one page");
    const value = new Uint8Array(prefix + suffix);
    value.set(previous.subarray(0, prefix));
    value.set(page.subarray(at, at + suffix), prefix);
    at += suffix;
    values.push(value);
    previous = value;
  }
  return values;
}
