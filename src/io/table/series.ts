/**
 * series(): a body that is one column of cells, as JSON.
 * @module
 */
import { invalidArgument } from "../../error.ts";
import { DTYPES, type DType, isDType } from "../../tensor.ts";
import { nextTurn } from "../../turns.ts";
import type { Io, IoHost, Payload } from "../io.ts";
import { PANDAS } from "../json/pandas.ts";
import { readJson, stringifyJson } from "../json/text.ts";
import type { SeriesSpec } from "../spec.ts";
import {
  type ArrayOptions,
  fits,
  misshapen,
  requireArrayOptions,
} from "../tensor/array-options.ts";
import { wantedWords } from "../tensor/element.ts";
import { describe } from "../wording.ts";
import { areOf, type Cell, type CellOf, castCells, isCell } from "./cell.ts";
import { SERIES_ORIENTS, type SeriesOrient, seriesOfJson, seriesToJson } from "./series-json.ts";

export type { SeriesOrient } from "./series-json.ts";

/**
 * One column of cells, like a column of a data frame. It has no labels: a pandas index is dropped.
 *
 * @typeParam D the dtype of the cells; without it, they may be of any type, and of several
 */
export interface Series<D extends DType = DType> {
  /** Its name, if known: only the orient `split` has one. */
  readonly name?: string | undefined;
  readonly data: readonly CellOf<D>[];
  /**
   * The dtype of the cells, if known: that of a gRPC message, or the one to send, by choice of the
   * handler. A dtype that does not fit the cells is ignored when sent.
   */
  readonly dtype?: D | undefined;
}

/** The options of `series()`. */
export interface SeriesOptions<D extends DType = DType> extends ArrayOptions<D> {
  /** Its form in JSON. Default `"records"`. */
  readonly orient?: SeriesOrient | undefined;
  /** The dtype of the cells; without it, they are not converted. */
  readonly dtype?: D | undefined;
  /** The number of cells, -1 for any; documented, and enforced with `enforceShape`. */
  readonly shape?: readonly [length: number] | undefined;
}

/** The descriptor that `series()` makes. */
export interface SeriesIo<D extends DType = DType> extends Io<Series<D>> {
  readonly kind: "series";
}

const JSON_TYPE = "application/json";

/**
 * Describes one column of cells as JSON, like BentoML's `PandasSeries`. The content type is
 * ignored, because `curl -d` sends another one.
 *
 * With `dtype`, cells are converted as those of a `dataframe()`, or not at all with `enforceDtype`;
 * a cell that does not fit is `invalid_argument` (400) with its index, and so is another length
 * with `enforceShape`. Both are enforced on a handler's series too. NaN and Infinity in it are
 * written as `null`, as in pandas. Strings of digits are written as integers with the dtypes
 * `int64` and `uint64` and, without a dtype, beyond ±(2^53-1) among numbers.
 *
 * @throws TypeError or RangeError at definition for invalid options
 *
 * @example
 * series({ dtype: "float32", shape: [4], enforceShape: true });
 */
export function series<const D extends DType = DType>(options: SeriesOptions<D> = {}): SeriesIo<D> {
  requireOptions(options);
  const { orient = "records" } = options;
  const spec = specOf(options);
  return {
    kind: "series",
    mediaType: JSON_TYPE,
    spec,
    async decode({ bytes }: Payload, host?: IoHost): Promise<Series<D>> {
      const given = seriesOfJson(await readJson(bytes, PANDAS, host), orient);
      return (await accepted(given, options, host)) as Series<D>;
    },
    encode(value: Series<D>): Payload {
      const checked = spec.check(value);
      const written = seriesToJson(checked, orient, options.dtype ?? sentDType(checked));
      return { bytes: stringifyJson(written), type: JSON_TYPE };
    },
  };
}

/** Returns the dtype with which a series is sent, if it has one that fits its cells. */
function sentDType({ data, dtype }: Series): DType | undefined {
  return dtype !== undefined && areOf(data, dtype) ? dtype : undefined;
}

function specOf(options: SeriesOptions): SeriesSpec {
  const { orient = "records", dtype, shape } = options;
  const { enforceDtype = false, enforceShape = false } = options;
  return {
    kind: "series",
    orient,
    dtype,
    shape,
    enforceDtype,
    enforceShape,
    convert(given) {
      requireLength(given, options);
      if (dtype === undefined) return given;
      return requireCast(given, castCells(given.data, dtype, enforceDtype), dtype);
    },
    check(value) {
      requireSeries(value);
      const { data } = value;
      const trouble = lengthTrouble(data, options);
      if (trouble !== undefined) throw new TypeError(`Cannot encode a series ${trouble}`);
      if (dtype === undefined || !enforceDtype) return value;
      const cast = castCells(data, dtype, enforceDtype);
      if (typeof cast !== "number") return value;
      throw badSeries(misfit(data, cast, dtype));
    },
  };
}

/** The number of cells that are cast in one step, which takes a millisecond or two. */
const STEP_CELLS = 32_768;

/** Casts a series like `convert()`, but in turns with other work. */
async function accepted(
  given: Series,
  options: SeriesOptions,
  host: IoHost | undefined,
): Promise<Series> {
  requireLength(given, options);
  const { dtype, enforceDtype = false } = options;
  if (dtype === undefined) return given;
  const { data } = given;
  const cells: Cell[] = [];
  for (let at = 0; at < data.length; at += STEP_CELLS) {
    if (data.length > STEP_CELLS) await nextTurn(host?.signal);
    const cast = castCells(data.slice(at, at + STEP_CELLS), dtype, enforceDtype);
    if (typeof cast === "number") return requireCast(given, at + cast, dtype);
    for (const cell of cast) cells.push(cell);
  }
  return { name: given.name, data: cells };
}

/** @throws ServiceError `invalid_argument` for another length than an enforced one */
function requireLength({ data }: Series, options: SeriesOptions): void {
  const trouble = lengthTrouble(data, options);
  if (trouble !== undefined) throw invalidArgument(`Cannot take a series ${trouble}`);
}

/**
 * Returns a series with its cells cast.
 *
 * @param cast the cells, or the index of the first that does not fit
 * @throws ServiceError `invalid_argument` for such a cell
 */
function requireCast({ name, data }: Series, cast: readonly Cell[] | number, dtype: DType): Series {
  if (typeof cast !== "number") return { name, data: cast };
  throw invalidArgument(`Cannot take a series: ${misfit(data, cast, dtype)}`);
}

function requireOptions(options: SeriesOptions): void {
  requireArrayOptions(options);
  const { orient, shape } = options;
  if (orient !== undefined && !SERIES_ORIENTS.includes(orient)) {
    throw new TypeError(`orient must be one of ${SERIES_ORIENTS.join(", ")}, but was "${orient}"`);
  }
  if (shape !== undefined && shape.length !== 1) {
    throw new RangeError(
      `shape must have one length, since a series has one axis, but had ${shape.length}`,
    );
  }
}

function lengthTrouble(
  { length }: readonly Cell[],
  { shape, enforceShape }: SeriesOptions,
): string | undefined {
  if (enforceShape !== true || shape === undefined || fits([length], shape)) return undefined;
  return misshapen([length], shape);
}

function misfit(cells: readonly Cell[], at: number, dtype: DType): string {
  return (
    `cell ${at} must be ${wantedWords(dtype)} for dtype ${dtype}, ` +
    `but was ${describe(cells[at])}`
  );
}

function requireSeries(value: unknown): asserts value is Series {
  if (typeof value !== "object" || value === null || !("data" in value)) {
    throw badSeries(`it must be { data }, but was ${describe(value)}`);
  }
  const { name, data, dtype } = value as Readonly<Record<"name" | "data" | "dtype", unknown>>;
  if (!Array.isArray(data)) {
    throw badSeries(`its data must be an array of cells, but was ${describe(data)}`);
  }
  if (name !== undefined && typeof name !== "string") {
    throw badSeries(`its name is ${describe(name)}`);
  }
  if (dtype !== undefined && !isDType(dtype)) {
    throw badSeries(`its dtype must be one of ${DTYPES.join(", ")}, but was ${describe(dtype)}`);
  }
  const bad = data.findIndex((cell) => !isCell(cell));
  if (bad >= 0) throw badSeries(`cell ${bad} is ${describe(data[bad])}`);
}

function badSeries(reason: string): TypeError {
  return new TypeError(`Cannot encode a series: ${reason}`);
}
