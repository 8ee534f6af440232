/**
 * The pages of a Parquet column: their headers, and the cells in them.
 * @module
 */
import { Encodings, PageTypes } from "hyparquet/src/constants.js";
import type { CompressionCodec, Encoding, PageType } from "hyparquet/src/types.js";
import { ServiceError } from "../../../error.ts";
import type { Cell } from "../cell.ts";
import { badParquet } from "./bad-parquet.ts";
import { decompress } from "./codecs.ts";
import { readHybrid } from "./hybrid.ts";
import type { Stored } from "./logical.ts";
import type { ParquetChunk } from "./metadata.ts";
import { readStruct, type Struct } from "./thrift.ts";
import { fieldsOf, integerOf } from "./thrift-values.ts";
import { readValues } from "./values.ts";

/** The largest decompressed size of all pages of a file together. */
const MAX_UNPACKED_BYTES = 128 * 2 ** 20;

/** Bounds the bytes that all pages of a file decompress to. */
export class UnpackedBudget {
  #bytes = MAX_UNPACKED_BYTES;

  /** @throws ServiceError `payload_too_large` beyond the bound */
  spend(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes >= 0) return;
    throw new ServiceError(
      "payload_too_large",
      `Cannot read the Parquet file: its columns have more than ${MAX_UNPACKED_BYTES} bytes ` +
        "when they are unpacked",
    );
  }
}

/** The field numbers of parquet.thrift's structures, as far as they are read. */
const HEADER = { type: 1, length: 2, packed: 3, data: 5, dictionary: 7, v2: 8 } as const;
const PAGE = { count: 1, encoding: 2 } as const;
const PAGE_V2 = { count: 1, encoding: 4, definitions: 5, repetitions: 6, isPacked: 7 } as const;

interface Page {
  readonly type: PageType | undefined;
  /** The number of its values, missing ones included. */
  readonly count: number;
  readonly encoding: Encoding | undefined;
  readonly bytes: Uint8Array;
  /** The range of the levels, which mark missing values; the values follow it. */
  readonly levels: readonly [begin: number, end: number];
}

/**
 * Reads the cells of a column in a group of rows, page by page.
 *
 * @param file the whole file
 */
export async function* readCells(
  file: Uint8Array,
  chunk: ParquetChunk,
  budget: UnpackedBudget,
): AsyncGenerator<Cell[]> {
  const bytes = file.subarray(chunk.begin, chunk.end);
  const { column } = chunk;
  let dictionary: readonly Cell[] | undefined;
  let at = 0;
  for (let seen = 0; seen < chunk.rows; ) {
    const { struct, end } = readStruct(bytes, at);
    at = end + integerOf(fieldsOf(struct, HEADER).packed);
    if (at > bytes.length) throw badParquet("a page is longer than its column");
    const page = await readPage(struct, bytes.subarray(end, at), chunk, budget);
    if (page === undefined) continue;
    if (page.type === "DICTIONARY_PAGE") {
      const values = readValues(page.bytes, 0, "PLAIN", column, page.count);
      dictionary = Array.from(values, column.logical);
      continue;
    }
    if (page.count > chunk.rows - seen) throw badParquet("a column has more values than rows");
    seen += page.count;
    yield cellsOf(page, chunk, dictionary);
  }
}

/** Reads and decompresses a page; `undefined` for a kind of page that has no values. */
async function readPage(
  struct: Struct,
  packed: Uint8Array,
  { codec }: ParquetChunk,
  budget: UnpackedBudget,
): Promise<Page | undefined> {
  const header = fieldsOf(struct, HEADER);
  const type = PageTypes[integerOf(header.type)];
  const length = integerOf(header.length);
  budget.spend(length);
  if (type === "DATA_PAGE_V2") return await readPageV2(header.v2, packed, codec, length);
  if (type !== "DATA_PAGE" && type !== "DICTIONARY_PAGE") return undefined;
  const fields = fieldsOf(type === "DATA_PAGE" ? header.data : header.dictionary, PAGE);
  const bytes = await decompress(codec, packed, length);
  const encoding = Encodings[integerOf(fields.encoding)];
  return { type, count: integerOf(fields.count), encoding, bytes, levels: [0, 0] };
}

/** Reads a page of version 2, whose levels are not compressed. */
async function readPageV2(
  struct: unknown,
  packed: Uint8Array,
  codec: CompressionCodec,
  length: number,
): Promise<Page> {
  const fields = fieldsOf(struct, PAGE_V2);
  const begin = integerOf(fields.repetitions);
  const end = begin + integerOf(fields.definitions);
  if (end > packed.length || end > length) throw badParquet("a page is all levels");
  const values = await decompress(
    fields.isPacked === false ? "UNCOMPRESSED" : codec,
    packed.subarray(end),
    length - end,
  );
  const bytes = new Uint8Array(length);
  bytes.set(packed.subarray(0, end));
  bytes.set(values, end);
  const encoding = Encodings[integerOf(fields.encoding)];
  return {
    type: "DATA_PAGE_V2",
    count: integerOf(fields.count),
    encoding,
    bytes,
    levels: [begin, end],
  };
}

function cellsOf(
  { type, count, encoding, bytes, levels }: Page,
  { column }: ParquetChunk,
  dictionary: readonly Cell[] | undefined,
): Cell[] {
  let [begin, end] = levels;
  if (type === "DATA_PAGE" && column.isOptional) {
    const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    begin = 4;
    end = begin + size;
    if (end > bytes.length) throw badParquet("a page is all levels");
  }
  const present = column.isOptional ? readHybrid(bytes.subarray(begin, end), 1, count) : undefined;
  const known = present?.reduce((sum, level) => sum + level, 0) ?? count;
  const cells = presentCells(bytes, end, encoding, column, known, dictionary);
  if (present === undefined || known === count) return cells;
  let next = 0;
  return Array.from(present, (level) => (level === 0 ? null : (cells[next++] ?? null)));
}

function presentCells(
  bytes: Uint8Array,
  begin: number,
  encoding: Encoding | undefined,
  column: ParquetChunk["column"],
  count: number,
  dictionary: readonly Cell[] | undefined,
): Cell[] {
  if (count === 0) return [];
  if (encoding !== "RLE_DICTIONARY" && encoding !== "PLAIN_DICTIONARY") {
    const values: ArrayLike<Stored> = readValues(bytes, begin, encoding, column, count);
    return Array.from(values, (value) => column.logical(value));
  }
  if (dictionary === undefined) throw badParquet("a column has no dictionary, but needs one");
  const places = readHybrid(bytes.subarray(begin + 1), bytes[begin] ?? 0, count);
  return Array.from(places, (place) => {
    const cell = dictionary[place];
    if (cell === undefined) throw badParquet("a column lacks a value in its dictionary");
    return cell;
  });
}
