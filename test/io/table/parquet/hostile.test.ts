/** Files that lie, or are damaged: each is refused in no time, and in little memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { CompressionCodec, Encoding, PageHeader, ParquetType } from "hyparquet";
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";
import { ServiceError } from "../../../../src/error.ts";
import { frameOfParquet } from "../../../../src/io/table/parquet/read.ts";
import { Random, SEED } from "../../../support/random.ts";
import { FIXTURES, fixture } from "./fixture.ts";

/** The claims of a file about itself. */
interface Claims {
  readonly rows?: bigint;
  readonly type?: ParquetType;
  readonly codec?: CompressionCodec;
  readonly encoding?: Encoding;
  readonly page?: Uint8Array;
  /** The bytes of the page, unpacked. */
  readonly length?: number;
  /** The values in the page. */
  readonly values?: number;
  readonly isOptional?: boolean;
  readonly columns?: number;
}

/** A file of one page, which may be anything. */
function fileOf(claims: Claims): Uint8Array {
  const { rows = 4n, type = "INT32", codec = "UNCOMPRESSED", encoding = "PLAIN" } = claims;
  const { page = new Uint8Array(16), length = page.length, values = Number(rows) } = claims;
  const writer = new ByteWriter();
  writer.appendUint32(0x31524150);
  const header: PageHeader = {
    type: "DATA_PAGE",
    uncompressed_page_size: length,
    compressed_page_size: page.length,
    data_page_header: {
      num_values: values,
      encoding,
      definition_level_encoding: "RLE",
      repetition_level_encoding: "RLE",
    },
  };
  writePageHeader(writer, header);
  writer.appendBytes(page);
  const size = BigInt(writer.offset - 4);
  const names = Array.from({ length: claims.columns ?? 1 }, (_, at) => `c${at}`);
  const chunk = (name: string) => ({
    file_offset: 4n,
    meta_data: {
      type,
      encodings: [encoding],
      path_in_schema: [name],
      codec,
      num_values: rows,
      total_uncompressed_size: size,
      total_compressed_size: size,
      data_page_offset: 4n,
    },
  });
  const meaning = type === "BYTE_ARRAY" ? ({ converted_type: "UTF8" } as const) : {};
  const repetition_type = claims.isOptional === true ? "OPTIONAL" : "REQUIRED";
  writeMetadata(writer, {
    version: 2,
    schema: [
      { name: "schema", num_children: names.length },
      ...names.map((name) => ({ name, type, repetition_type, ...meaning }) as const),
    ],
    num_rows: rows,
    row_groups: [{ columns: names.map(chunk), total_byte_size: size, num_rows: rows }],
    metadata_length: 0,
  });
  writer.appendUint32(0x31524150);
  return new Uint8Array(writer.getBytes());
}

test("frameOfParquet() reads a file of one page", async () => {
  assert.deepEqual((await frameOfParquet(fileOf({}))).data, [[0, 0, 0, 0]]);
});

/** Seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

const LONG_RUN = Uint8Array.of(...varint(0xfffffffe), 1);
const DEFINITIONS = Uint8Array.of(LONG_RUN.length, 0, 0, 0, ...LONG_RUN, 0, 0, 0, 0);
const many = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte);

function bytesOf(head: readonly number[], rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + rest.length);
  bytes.set(head);
  bytes.set(rest, head.length);
  return bytes;
}

/** A frame of Zstandard whose blocks repeat a byte 128 KiB times each, for four bytes. */
function zstdBomb(blocks: number): Uint8Array {
  const size = 2 ** 17;
  const length = new Uint8Array(Uint32Array.of(blocks * size).buffer);
  const frame = [0x28, 0xb5, 0x2f, 0xfd, 0xa0, ...length];
  for (let block = 0; block < blocks; block++) {
    const head = (size << 3) | 2 | Number(block === blocks - 1);
    frame.push(head & 255, (head >> 8) & 255, (head >> 16) & 255, 7);
  }
  return Uint8Array.from(frame);
}

const damaged = "invalid_argument";
const tooLarge = "payload_too_large";

const LIES: readonly (readonly [what: string, file: Uint8Array, code: string, message: RegExp])[] =
  [
    [
      "a million million rows",
      fileOf({ rows: 10n ** 12n, values: 4 }),
      tooLarge,
      /at most 2000000/,
    ],
    ["as many rows as there are numbers", fileOf({ rows: 2n ** 63n - 1n }), tooLarge, /at most/],
    ["less than no rows", fileOf({ rows: -1n }), damaged, /metadata is damaged/],
    [
      "rows times columns",
      fileOf({ rows: 2000n, columns: 2000 }),
      tooLarge,
      /at most 2000000 cells/,
    ],
    ["20,000 columns", fileOf({ columns: 20_000 }), tooLarge, /at most 10000 columns/],
    [
      "a page of two gigabytes",
      fileOf({ length: 2 ** 31 - 1, codec: "SNAPPY" }),
      tooLarge,
      /bytes when/,
    ],
    ["a page of less than nothing", fileOf({ length: -5 }), damaged, /metadata is damaged/],
    ["a page with more values than rows", fileOf({ values: 2 ** 31 - 1 }), damaged, /more values/],
    [
      "a page with fewer bytes than values",
      fileOf({ rows: 5n }),
      damaged,
      /ends before its values/,
    ],
    [
      "text longer than its page",
      fileOf({ type: "BYTE_ARRAY", rows: 1n, page: many(255, 8) }),
      damaged,
      /damaged/,
    ],
    [
      "a run of four billion levels and too few values",
      fileOf({ isOptional: true, page: DEFINITIONS }),
      damaged,
      /ends before its values/,
    ],
    ["a place in no dictionary", fileOf({ encoding: "RLE_DICTIONARY" }), damaged, /no dictionary/],
    [
      "levels longer than a page",
      fileOf({ isOptional: true, page: many(255, 9) }),
      damaged,
      /levels/,
    ],
    [
      "deltas in two billion parts",
      fileOf({
        encoding: "DELTA_BINARY_PACKED",
        page: Uint8Array.of(...varint(2 ** 31 - 128), ...varint(2 ** 31 - 128), 4, 0),
      }),
      damaged,
      /deltas in blocks/,
    ],
    [
      "deltas in no parts",
      fileOf({ encoding: "DELTA_BINARY_PACKED", page: Uint8Array.of(128, 1, 0, 4, 0) }),
      damaged,
      /deltas in blocks/,
    ],
    ["an unknown encoding", fileOf({ encoding: "BIT_PACKED" }), damaged, /encoding BIT_PACKED/],
    ["an unknown compression", fileOf({ codec: "LZO" }), damaged, /compression is LZO/],
    ["invalid gzip", fileOf({ codec: "GZIP" }), damaged, /damaged/],
    ["invalid zstd", fileOf({ codec: "ZSTD" }), damaged, /damaged/],
    ["invalid lz4", fileOf({ codec: "LZ4_RAW", page: many(255, 5) }), damaged, /damaged/],
    ["invalid snappy", fileOf({ codec: "SNAPPY" }), damaged, /damaged/],
    [
      "a gzip bomb",
      fileOf({ codec: "GZIP", page: gzipSync(new Uint8Array(2 ** 26)), length: 16 }),
      damaged,
      /more than 16 bytes/,
    ],
    [
      "a zstd bomb",
      fileOf({ codec: "ZSTD", page: zstdBomb(8000), length: 16 }),
      damaged,
      /another length/,
    ],
    [
      "an lz4 bomb",
      fileOf({
        codec: "LZ4_RAW",
        page: bytesOf([0x1f, 7, 1, 0], many(255, 50_000)),
        length: 16,
      }),
      damaged,
      /damaged/,
    ],
    [
      "a snappy bomb",
      fileOf({
        codec: "SNAPPY",
        page: bytesOf([16, 12, 1, 2, 3, 4], many(254, 60_000)),
        length: 16,
      }),
      damaged,
      /out of its bounds/,
    ],
    ["half a file", fixture("types").subarray(0, 3000), damaged, /begin and end with PAR1/],
    ["nothing but its ends", new TextEncoder().encode("PAR1PAR1"), damaged, /begin and end/],
    ["no bytes", new Uint8Array(), damaged, /begin and end with PAR1/],
  ];

for (const [what, file, code, message] of LIES) {
  test(`frameOfParquet() refuses ${what}`, async () => {
    await assert.rejects(frameOfParquet(file), { code, message });
  });
}

test("frameOfParquet() reads no memory beyond a page, whatever the file's buffer", async () => {
  for (const length of [2, 3, 200]) {
    const page = Uint8Array.of(length, 0, 0, 0, 97, 98);
    const bytes = fileOf({ type: "BYTE_ARRAY", rows: 1n, page });
    const pool = Buffer.alloc(4096, 115);
    pool.set(bytes, 100);
    const frame = frameOfParquet(pool.subarray(100, 100 + bytes.length));
    if (length === 2) assert.deepEqual((await frame).data, [["ab"]]);
    else await assert.rejects(frame, { code: damaged, message: /damaged/ });
  }
});

/** A file whose metadata are some bytes. */
function withMetadata(metadata: Uint8Array): Uint8Array {
  const magic = new TextEncoder().encode("PAR1");
  const bytes = new Uint8Array(metadata.length + 12);
  bytes.set(magic);
  bytes.set(metadata, 4);
  new DataView(bytes.buffer).setUint32(metadata.length + 4, metadata.length, true);
  bytes.set(magic, metadata.length + 8);
  return bytes;
}

const METADATA: readonly (readonly [what: string, bytes: Uint8Array, message: RegExp])[] = [
  ["structures without end", many(0x1c, 1_000_000), /nested too deep/],
  ["a number without end", bytesOf([0x15], many(255, 1_000_000)), /more than 64 bits/],
  ["a list of two billion", Uint8Array.of(0x19, 0xfc, ...varint(2 ** 31 - 1)), /ends within/],
  [
    "two million empty parts",
    bytesOf([0x1c, 0x19, 0xfc, ...varint(2_000_000)], many(0, 2_000_000)),
    /more than 1000000 parts/,
  ],
  ["a text of two billion bytes", Uint8Array.of(0x18, ...varint(2 ** 31 - 1), 1), /ends within/],
  ["a map", Uint8Array.of(0x1b, 1), /field of type 11/],
  ["nothing", Uint8Array.of(0), /lacks a list/],
];

for (const [what, metadata, message] of METADATA) {
  test(`frameOfParquet() refuses metadata of ${what}`, async () => {
    await assert.rejects(frameOfParquet(withMetadata(metadata)), { code: damaged, message });
  });
}

test("frameOfParquet() bounds the bytes that all pages inflate to", async () => {
  const file = fileOf({
    codec: "GZIP",
    page: gzipSync(new Uint8Array(2 ** 24)),
    length: 2 ** 24,
    columns: 9,
  });
  await assert.rejects(frameOfParquet(file), {
    code: tooLarge,
    message: /more than 134217728 bytes/,
  });
});

test("frameOfParquet() reads or refuses any bytes", async () => {
  const random = new Random(SEED);
  for (let run = 0; run < 500; run++) {
    const name = random.of(FIXTURES);
    const bytes = random.mutated(fixture(name));
    // Most of what is random breaks the metadata; some of it is to reach the pages.
    const keep = random.below(2) === 0 ? fixture(name) : bytes;
    if (keep !== bytes) keep[4 + random.below(Math.min(600, keep.length - 4))] = random.below(256);
    try {
      await frameOfParquet(keep);
    } catch (error) {
      assert.ok(error instanceof ServiceError, `SEED=${SEED} ${name}: ${error}`);
      assert.ok([damaged, tooLarge].includes(error.code), `SEED=${SEED} ${name}`);
    }
  }
});
