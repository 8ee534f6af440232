/**
 * Parquet files from data frames.
 * @module
 */

import type { SchemaElement } from "hyparquet/src/types.js";
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js";
import type { ColumnSource } from "hyparquet-writer/src/types.js";
import { parquetWrite } from "hyparquet-writer/src/write.js";
import { ServiceError } from "../../../error.ts";
import type { DType } from "../../../tensor.ts";
import { nextTurn } from "../../../turns.ts";
import { quote } from "../../wording.ts";
import { type Cell, castCells } from "../cell.ts";
import type { DataFrame } from "../frame.ts";

/** The number of cells in a group of rows, after which writing yields to other work. */
const GROUP_CELLS = 50_000;
/** The least rows of a group: each group takes metadata. */
const MIN_GROUP_ROWS = 1000;

/** The storage of a column: physical and logical type. */
type Storage = Partial<
  Pick<SchemaElement, "type" | "type_length" | "converted_type" | "logical_type">
>;

const STORAGE: Readonly<Record<DType, Storage>> = {
  bool: { type: "BOOLEAN" },
  string: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  float16: { type: "FIXED_LEN_BYTE_ARRAY", type_length: 2, logical_type: { type: "FLOAT16" } },
  float32: { type: "FLOAT" },
  float64: { type: "DOUBLE" },
  int8: { type: "INT32", converted_type: "INT_8" },
  int16: { type: "INT32", converted_type: "INT_16" },
  int32: { type: "INT32" },
  int64: { type: "INT64" },
  uint8: { type: "INT32", converted_type: "UINT_8" },
  uint16: { type: "INT32", converted_type: "UINT_16" },
  uint32: { type: "INT32", converted_type: "UINT_32" },
  uint64: { type: "INT64", converted_type: "UINT_64" },
};

/** The dtypes that are tried for a column without one, in this order. */
const INFERRED: readonly DType[] = ["bool", "string", "int64", "uint64", "float64"];

/**
 * Writes a data frame as a Parquet file compressed with Snappy, as pandas' `to_parquet` does. The
 * type of a column is its dtype if its cells fit, or else the first of boolean, text, `int64`,
 * `uint64` and `float64` that they fit. Missing cells are null. Writing yields to other work after
 * each group of rows.
 *
 * @throws ServiceError `failed_precondition` for a column of mixed types, which is named
 */
export async function frameToParquet(
  frame: DataFrame,
  dtypes: Readonly<Record<string, DType>> = {},
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const schema: SchemaElement[] = [{ name: "schema", num_children: frame.columns.length }];
  const columnData: ColumnSource[] = [];
  for (const [at, name] of frame.columns.entries()) {
    const { storage, data } = store(name, frame.data[at] ?? [], dtypes);
    schema.push({ name, repetition_type: "OPTIONAL", ...storage });
    columnData.push({ name, data });
    await nextTurn(signal);
  }
  const writer = new TurningWriter(signal);
  const rowGroupSize = Math.max(MIN_GROUP_ROWS, Math.ceil(GROUP_CELLS / frame.columns.length));
  await parquetWrite({ writer, columnData, schema, rowGroupSize, createdBy: "ekiben" });
  return writer.getBytes();
}

/** A writer that yields to other work after each group of rows. */
class TurningWriter extends ByteWriter {
  readonly #signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    super();
    this.#signal = signal;
  }

  flush(): Promise<void> {
    return nextTurn(this.#signal);
  }
}

function store(
  name: string,
  cells: readonly Cell[],
  dtypes: Readonly<Record<string, DType>>,
): { readonly storage: Storage; readonly data: unknown[] } {
  const declared = Object.hasOwn(dtypes, name) ? dtypes[name] : undefined;
  const tried = declared === undefined ? INFERRED : [declared, ...INFERRED];
  // As in CSV, an empty column is one of numbers.
  const isEmpty = cells.every((cell) => cell === null);
  for (const dtype of isEmpty && declared === undefined ? (["float64"] as const) : tried) {
    const data = storedAs(cells, dtype, dtype !== declared);
    if (data !== undefined) return { storage: STORAGE[dtype], data };
  }
  throw new ServiceError(
    "failed_precondition",
    `Cannot send column ${quote(name)} of a data frame as Parquet: its cells must all be ` +
      "numbers, or all booleans or all strings, or missing",
  );
}

/** Returns the values to store; `undefined` if a cell does not fit the dtype. */
function storedAs(cells: readonly Cell[], dtype: DType, enforce: boolean): unknown[] | undefined {
  const cast = castCells(cells, dtype, enforce);
  if (typeof cast === "number") return undefined;
  if (dtype !== "int64" && dtype !== "uint64") return cast;
  return cast.map((cell) => (cell === null ? null : BigInt(cell as number | string)));
}
