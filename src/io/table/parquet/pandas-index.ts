/**
 * The index of a pandas data frame in a Parquet file: columns that the metadata of the file names
 * (https://pandas.pydata.org/docs/development/developer.html).
 * @module
 */
import { messageOf } from "../../../error.ts";
import { badParquet } from "./bad-parquet.ts";
import { fieldsOf, listOf, textOf } from "./thrift-values.ts";

/** Returns the names of the columns that pandas reads as the index. */
export function indexColumns(keyValues: unknown): ReadonlySet<string> {
  if (keyValues === undefined) return new Set();
  const pandas = listOf(keyValues)
    .map((pair) => fieldsOf(pair, { key: 1, value: 2 }))
    .find(({ key }) => textOf(key) === "pandas");
  if (pandas?.value === undefined) return new Set();
  const metadata = parse(textOf(pandas.value)) as { index_columns?: unknown } | null;
  const index = metadata?.index_columns;
  // A range is described by an object, and has no column.
  const names = Array.isArray(index) ? index.filter((name) => typeof name === "string") : [];
  return new Set(names);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badParquet(`its metadata of pandas is no JSON (${messageOf(error)})`, error);
  }
}
