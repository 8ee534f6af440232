/**
 * The metadata of a Parquet file: its columns, and the offsets of their pages
 * (https://github.com/apache/parquet-format).
 * @module
 */
import { CompressionCodecs, ParquetTypes } from "hyparquet/src/constants.js";
import type { CompressionCodec, ParquetType } from "hyparquet/src/types.js";
import { quote } from "../../wording.ts";
import { MAX_CELLS, requireSize } from "../frame.ts";
import { badParquet } from "./bad-parquet.ts";
import { type Logical, logicalOf } from "./logical.ts";
import { isParquet } from "./media-type.ts";
import { indexColumns } from "./pandas-index.ts";
import { readStruct, type Struct } from "./thrift.ts";
import { fieldsOf, integerOf, listOf, textOf } from "./thrift-values.ts";

/** A column. */
export interface ParquetColumn {
  readonly name: string;
  /** The physical type. */
  readonly type: ParquetType;
  /** The length of each value in bytes, for a type of fixed length. */
  readonly typeLength: number | undefined;
  /** True if the column may have missing values. */
  readonly isOptional: boolean;
  /** Returns the cell of a value, by the logical type. */
  readonly logical: Logical;
}

/** The values of a column in a group of rows. */
export interface ParquetChunk {
  readonly column: ParquetColumn;
  readonly codec: CompressionCodec;
  readonly rows: number;
  /** The offset of its pages in the file. */
  readonly begin: number;
  readonly end: number;
}

/** The layout of a file. */
export interface ParquetFile {
  readonly rows: number;
  /** The columns, without the index of a pandas data frame. */
  readonly columns: readonly ParquetColumn[];
  /** By group of rows, then by column. */
  readonly groups: readonly (readonly ParquetChunk[])[];
}

/** The field numbers of parquet.thrift's structures, as far as they are read. */
const FILE = { schema: 2, rows: 3, groups: 4, keyValues: 5 } as const;
const ELEMENT = { type: 1, typeLength: 2, repetition: 3, name: 4, children: 5 } as const;
const GROUP = { chunks: 1, rows: 3 } as const;
const CHUNK = { path: 1, metadata: 3, encryption: 8 } as const;
const CHUNK_METADATA = { codec: 4, values: 5, size: 7, data: 9, dictionary: 11 } as const;

const ENCRYPTED: readonly number[] = [0x50, 0x41, 0x52, 0x45];

/**
 * Reads only the metadata.
 *
 * @param maxCells the most rows times columns
 * @throws ServiceError `invalid_argument` for any other file, or for a nested column;
 *   `payload_too_large` for too many columns or cells
 */
export function readMetadata(bytes: Uint8Array, maxCells: number = MAX_CELLS): ParquetFile {
  const { struct, limit } = readFooter(bytes);
  const file = fieldsOf(struct, FILE);
  const [root, ...elements] = listOf(file.schema);
  const rows = integerOf(file.rows);
  requireSize(rows, elements.length, maxCells);
  if (elements.length === 0 || integerOf(fieldsOf(root, ELEMENT).children) !== elements.length) {
    throw nestedColumns(elements);
  }
  const all = elements.map(columnOf);
  const index = indexColumns(file.keyValues);
  const columns = all.filter(({ name }) => !index.has(name));
  const groups = listOf(file.groups).map((group) => chunksOf(group, all, index, limit));
  const found = groups.reduce((sum, [first]) => sum + (first?.rows ?? 0), 0);
  if (columns.length > 0 && found !== rows) {
    throw badParquet(`its groups have ${found} rows, but it says ${rows}`);
  }
  return { rows, columns, groups };
}

/** @returns the metadata, and the offset of the end of the pages */
function readFooter(bytes: Uint8Array): { struct: Struct; limit: number } {
  const end = bytes.length - 8;
  const closing = bytes.subarray(end + 4);
  if (ENCRYPTED.every((byte, at) => closing[at] === byte)) throw badParquet("it is encrypted");
  if (end < 4 || !isParquet(bytes) || !isParquet(closing)) {
    throw badParquet("it does not begin and end with PAR1");
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset + end, 4).getUint32(0, true);
  const begin = end - length;
  if (begin < 4) throw badParquet(`its metadata has ${length} bytes, but it only has ${end - 4}`);
  return { struct: readStruct(bytes.subarray(0, end), begin).struct, limit: begin };
}

function nestedColumns(elements: readonly unknown[]): Error {
  const nested = elements
    .map((element) => fieldsOf(element, ELEMENT))
    .find(({ children }) => children !== undefined);
  if (nested === undefined) return badParquet("it has no columns");
  return badParquet(
    `column ${quote(textOf(nested.name))} has columns in it (a list, a map or a structure): ` +
      "a data frame has one value a cell",
  );
}

function columnOf(element: unknown): ParquetColumn {
  const fields = fieldsOf(element, ELEMENT);
  const name = textOf(fields.name);
  const type = ParquetTypes[integerOf(fields.type)];
  const repetition = integerOf(fields.repetition ?? 0);
  if (type === undefined) throw badParquet(`column ${quote(name)} has no type`);
  if (repetition === 2) throw badParquet(`column ${quote(name)} has several values a cell`);
  const typeLength = fields.typeLength === undefined ? undefined : integerOf(fields.typeLength);
  if (type === "FIXED_LEN_BYTE_ARRAY" && !typeLength) {
    throw badParquet(`column ${quote(name)} has values of no length`);
  }
  const logical = logicalOf(name, type, typeLength, element);
  return { name, type, typeLength, isOptional: repetition === 1, logical };
}

function chunksOf(
  group: unknown,
  columns: readonly ParquetColumn[],
  index: ReadonlySet<string>,
  limit: number,
): ParquetChunk[] {
  const fields = fieldsOf(group, GROUP);
  const rows = integerOf(fields.rows);
  const chunks = listOf(fields.chunks);
  if (chunks.length !== columns.length) {
    throw badParquet(`a group of rows has ${chunks.length} columns, but it has ${columns.length}`);
  }
  return columns.flatMap((column, at) =>
    index.has(column.name) ? [] : [chunkOf(column, chunks[at], rows, limit)],
  );
}

function chunkOf(column: ParquetColumn, chunk: unknown, rows: number, limit: number): ParquetChunk {
  const name = quote(column.name);
  const { path, metadata, encryption } = fieldsOf(chunk, CHUNK);
  if (encryption !== undefined) throw badParquet(`column ${name} is encrypted`);
  if (path !== undefined) throw badParquet(`column ${name} is in another file`);
  const fields = fieldsOf(metadata, CHUNK_METADATA);
  const codec = CompressionCodecs[integerOf(fields.codec)];
  if (codec === undefined) throw badParquet(`column ${name} has an unknown compression`);
  const values = integerOf(fields.values);
  if (values !== rows) throw badParquet(`column ${name} has ${values} values for ${rows} rows`);
  // Writers differ on the offsets of empty columns.
  if (rows === 0) return { column, codec, rows, begin: 0, end: 0 };
  const data = integerOf(fields.data);
  const dictionary = integerOf(fields.dictionary ?? 0);
  // Some writers store 0 if there is no dictionary.
  const begin = dictionary > 0 && dictionary < data ? dictionary : data;
  const end = begin + integerOf(fields.size);
  if (begin < 4 || end > limit) throw badParquet(`column ${name} lies outside of the file`);
  return { column, codec, rows, begin, end };
}
