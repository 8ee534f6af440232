/**
 * dataframe(): a body that is a table, as JSON, CSV or Parquet.
 * @module
 */

import { chooseOffer } from "../../accept.ts";
import { repeated } from "../../check.ts";
import { invalidArgument } from "../../error.ts";
import { DTYPES, type DType, isDType } from "../../tensor.ts";
import { essence, type Io, type IoHost, type Payload, utf8 } from "../io.ts";
import { PANDAS } from "../json/pandas.ts";
import { readJson, stringifyJson } from "../json/text.ts";
import type { DataframeSpec } from "../spec.ts";
import { finish, finishInTurns } from "../steps.ts";
import { wantedWords } from "../tensor/element.ts";
import { describe, listNames, quote } from "../wording.ts";
import { castCells } from "./cell.ts";
import { type DataFrame, MAX_CELLS, requireFrame, sentDTypes } from "./frame.ts";
import { frameOfCsv, frameToCsv } from "./frame-csv.ts";
import { frameOfJson, frameToJson, ORIENTS, type Orient } from "./frame-json.ts";
import { isParquet, PARQUET_TYPE } from "./parquet/media-type.ts";

export { type DataFrame, fromRows, type Row, rowsOf } from "./frame.ts";
export type { Orient } from "./frame-json.ts";

/** The options of `dataframe()`. */
export interface DataFrameOptions {
  /** Its form in JSON. Default `"records"`. */
  readonly orient?: Orient | undefined;
  /**
   * The columns that a handler is given, in this order; a body must have them and may have more.
   */
  readonly columns?: readonly string[] | undefined;
  /** The dtypes of columns by name; those that a body does not have are ignored. */
  readonly dtype?: Readonly<Record<string, DType>> | undefined;
  /** Refuse cells that would have to be cast to the `dtype` of their column. */
  readonly enforceDtype?: boolean | undefined;
  /** The format of a body without a media type, and of answers. Default `"json"`. */
  readonly defaultFormat?: FrameFormat | undefined;
  /** The most rows times columns of a body. Default 2,000,000. */
  readonly maxCells?: number | undefined;
}

/** The descriptor that `dataframe()` makes. */
export interface DataframeIo extends Io<DataFrame> {
  readonly kind: "dataframe";
}

/** The format of a data frame in a body. */
export type FrameFormat = "json" | "csv" | "parquet";

const FORMATS: ReadonlyMap<string | undefined, FrameFormat> = new Map([
  ["application/json", "json"],
  ["text/csv", "csv"],
  // BentoML reads any bytes as Parquet.
  ["application/octet-stream", "parquet"],
  ["application/parquet", "parquet"],
  ["application/x-parquet", "parquet"],
  [PARQUET_TYPE, "parquet"],
]);

const MEDIA_TYPES = {
  json: "application/json",
  csv: "text/csv; charset=utf-8",
  parquet: PARQUET_TYPE,
} as const;

/** The length in characters below which CSV is read in one step. */
const SMALL_LENGTH = 100_000;

/** The formats that callers may accept. */
const OFFERS = [
  { format: "json", type: "application/json" },
  { format: "csv", type: "text/csv" },
  { format: "parquet", type: PARQUET_TYPE },
] as const;

/**
 * Describes a table, like BentoML's `PandasDataFrame`. The format of a body (JSON, CSV or Parquet)
 * follows from its media type; with any other or none, it is `defaultFormat`. The format of an
 * answer follows likewise from the caller's `Accept`. CSV and Parquet are read and written as by
 * pandas (see `frameOfCsv` and `frameOfParquet`); an index is dropped.
 *
 * With `dtype`, the cells of a column are converted as by `ndarray()`, and numbers and booleans to
 * text for `"string"`; a cell that does not fit is `invalid_argument` (400) with its column and
 * row. Whole numbers beyond ±(2^53-1) are strings of digits to a handler, and integers again in an
 * answer: in columns of `int64` and `uint64`, and without a `dtype` in columns of numbers. A body
 * of more than `maxCells` cells or 10,000 columns is `payload_too_large` (413).
 *
 * @throws TypeError or RangeError at definition for invalid options
 *
 * @example
 * dataframe({ columns: ["age", "income"], dtype: { age: "int32" }, enforceDtype: true });
 */
export function dataframe(options: DataFrameOptions = {}): DataframeIo {
  requireOptions(options);
  const { orient = "records", columns, dtype = {}, defaultFormat = "json" } = options;
  const { maxCells = MAX_CELLS } = options;
  const spec = specOf(options);
  return {
    kind: "dataframe",
    mediaType: MEDIA_TYPES[defaultFormat],
    spec,
    decode({ bytes, type }: Payload, host?: IoHost): DataFrame | Promise<DataFrame> {
      const frameOf = (value: unknown): DataFrame =>
        spec.convert(frameOfJson(value, orient, columns, maxCells));
      switch (FORMATS.get(essence(type)) ?? (isParquet(bytes) ? "parquet" : defaultFormat)) {
        case "json": {
          const value = readJson(bytes, PANDAS, host);
          return value instanceof Promise ? value.then(frameOf) : frameOf(value);
        }
        case "csv":
          return decodeCsv(requireText(bytes), options, spec.convert, host?.signal);
        case "parquet":
          return decodeParquet(bytes, options, spec.convert, host?.signal);
      }
    },
    encode(value: DataFrame, host?: IoHost, accept?: string): Payload | Promise<Payload> {
      spec.check(value);
      const dtypes = sentDTypes(value, dtype);
      const { format } = chooseOffer(accept, offersOf(defaultFormat));
      const type = MEDIA_TYPES[format];
      switch (format) {
        case "json":
          return { bytes: stringifyJson(frameToJson(value, orient, dtypes)), type };
        case "csv":
          return finishInTurns(frameToCsv(value, dtypes), host?.signal).then((text) => ({
            bytes: new TextEncoder().encode(text),
            type,
          }));
        case "parquet":
          return encodeParquet(value, dtype, host?.signal).then((bytes) => ({ bytes, type }));
      }
    },
  };
}

/** Decodes CSV: a short text in one step, a long one in turns with other work. */
function decodeCsv(
  text: string,
  { dtype, maxCells }: DataFrameOptions,
  convert: DataframeSpec["convert"],
  signal: AbortSignal | undefined,
): DataFrame | Promise<DataFrame> {
  const steps = frameOfCsv(text, dtype, maxCells);
  if (text.length < SMALL_LENGTH) return convert(finish(steps));
  return finishInTurns(steps, signal).then(convert);
}

/** Decodes Parquet, by code that is loaded at the first use. */
async function decodeParquet(
  bytes: Uint8Array,
  { maxCells = MAX_CELLS, columns }: DataFrameOptions,
  convert: DataframeSpec["convert"],
  signal: AbortSignal | undefined,
): Promise<DataFrame> {
  const { frameOfParquet } = await import("./parquet/read.ts");
  return convert(await frameOfParquet(bytes, maxCells, columns, signal));
}

/** Encodes Parquet, by code that is loaded at the first use. */
async function encodeParquet(
  value: DataFrame,
  dtype: NonNullable<DataFrameOptions["dtype"]>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { frameToParquet } = await import("./parquet/write.ts");
  return await frameToParquet(value, dtype, signal);
}

/** Returns the offers with the default first. */
function offersOf(first: FrameFormat): readonly [Offered, ...Offered[]] {
  const [json, ...others] = OFFERS;
  const found = others.find(({ format }) => format === first) ?? json;
  return [found, ...OFFERS.filter((offer) => offer !== found)];
}

type Offered = (typeof OFFERS)[number];

function specOf(options: DataFrameOptions): DataframeSpec {
  const { orient = "records", columns, dtype, defaultFormat = "json" } = options;
  const { enforceDtype = false, maxCells = MAX_CELLS } = options;
  return {
    kind: "dataframe",
    orient,
    columns,
    dtype,
    enforceDtype,
    defaultFormat,
    maxCells,
    convert(frame) {
      const chosen = columns === undefined ? frame : select(frame, columns);
      return dtype === undefined ? chosen : cast(chosen, dtype, enforceDtype);
    },
    check(value) {
      requireFrame(value);
      const missing = columns?.filter((name) => !value.columns.includes(name)) ?? [];
      if (missing.length === 0) return value;
      throw new TypeError(`Cannot encode a data frame: it lacks ${listNames(missing)}`);
    },
  };
}

function requireText(bytes: Uint8Array): string {
  const text = utf8(bytes);
  if (text === undefined) throw invalidArgument("Invalid CSV input received: it is not UTF-8");
  return text;
}

function select(frame: DataFrame, columns: readonly string[]): DataFrame {
  const index = new Map(frame.columns.map((name, at) => [name, at]));
  const missing = columns.filter((name) => !index.has(name));
  if (missing.length > 0) {
    throw invalidArgument(
      `Cannot take a data frame without the columns ${listNames(missing)}: ` +
        `those it has are ${listNames(frame.columns)}`,
    );
  }
  return { columns, data: columns.map((name) => frame.data[index.get(name) ?? 0] ?? []) };
}

function cast(
  frame: DataFrame,
  dtypes: Readonly<Record<string, DType>>,
  enforce: boolean,
): DataFrame {
  const data = frame.columns.map((name, at) => {
    const cells = frame.data[at] ?? [];
    const dtype = Object.hasOwn(dtypes, name) ? dtypes[name] : undefined;
    if (dtype === undefined) return cells;
    const made = castCells(cells, dtype, enforce);
    if (typeof made !== "number") return made;
    throw invalidArgument(
      `Cannot take a data frame: row ${made} of column ${quote(name)} must be ` +
        `${wantedWords(dtype)} for dtype ${dtype}, but was ${describe(cells[made])}`,
    );
  });
  return { columns: frame.columns, data };
}

function requireOptions(options: DataFrameOptions): void {
  const { orient, columns, dtype, enforceDtype, defaultFormat, maxCells } = options;
  if (orient !== undefined && !ORIENTS.includes(orient)) {
    throw new TypeError(`orient must be one of ${ORIENTS.join(", ")}, but was "${orient}"`);
  }
  if (defaultFormat !== undefined && !Object.hasOwn(MEDIA_TYPES, defaultFormat)) {
    const formats = Object.keys(MEDIA_TYPES).join(", ");
    throw new TypeError(`defaultFormat must be one of ${formats}, but was "${defaultFormat}"`);
  }
  if (maxCells !== undefined && !(Number.isSafeInteger(maxCells) && maxCells > 0)) {
    throw new RangeError(`maxCells must be a whole number from 1 up, but was ${maxCells}`);
  }
  const double = repeated(columns ?? []);
  if (double !== undefined) throw new TypeError(`columns has ${quote(double)} twice`);
  if (enforceDtype === true && dtype === undefined) {
    throw new TypeError("enforceDtype needs a dtype to enforce, but none is given");
  }
  for (const [name, type] of Object.entries(dtype ?? {})) {
    if (!isDType(type)) {
      throw new TypeError(
        `The dtype of ${quote(name)} must be one of ${DTYPES.join(", ")}, but was "${type}"`,
      );
    }
    if (columns !== undefined && !columns.includes(name)) {
      throw new TypeError(`dtype names ${quote(name)}, which is not one of columns`);
    }
  }
}
