/**
 * Series as JSON, in the orients of pandas' `to_json` and `read_json`
 * (https://pandas.pydata.org/docs/reference/api/pandas.Series.to_json.html).
 * @module
 */
import type { DType } from "../../tensor.ts";
import { jsonShape } from "../json/shape.ts";
import { type Cell, toJsonCells } from "./cell.ts";
import type { Series } from "./series.ts";

/**
 * The form of a series in JSON:
 * - `records` and `values`: `[1, 2, …]`
 * - `index`: `{"0": 1, "1": 2, …}`
 * - `split`: `{"name": "age", "index": [0, 1, …], "data": [1, 2, …]}`; `name` and `index`
 *   are optional
 */
export type SeriesOrient = "records" | "index" | "split" | "values";

/** All orients. */
export const SERIES_ORIENTS: readonly SeriesOrient[] = ["records", "index", "split", "values"];

const shape = jsonShape("a series");

/**
 * Makes a series from a JSON value. Labels (an index) are dropped. Cells whose labels are keys of
 * an object and look like whole numbers come first, in ascending order, because JavaScript orders
 * keys so.
 *
 * @throws ServiceError `invalid_argument` with the path of a value that does not fit the orient
 */
export function seriesOfJson(value: unknown, orient: SeriesOrient): Series {
  switch (orient) {
    case "records":
    case "values":
      return { name: undefined, data: cellsOf(value, []) };
    case "index": {
      const byLabel = shape.object(value, []);
      const data = shape.cells(Object.values(byLabel), [], Object.keys(byLabel));
      return { name: undefined, data };
    }
    case "split": {
      const { name, data } = shape.object(value, []);
      return { name: nameOf(name), data: cellsOf(data, ["data"]) };
    }
  }
}

/** Returns a series as a value for JSON, with cells as by `toJsonCells()` and labels 0, 1, 2, … */
export function seriesToJson(
  { name, data }: Series,
  orient: SeriesOrient,
  dtype?: DType | undefined,
): unknown {
  const cells = toJsonCells(data, dtype);
  switch (orient) {
    case "records":
    case "values":
      return cells;
    case "index":
      return Object.fromEntries(cells.entries());
    case "split":
      return { name: name ?? null, index: [...cells.keys()], data: cells };
  }
}

function cellsOf(value: unknown, path: readonly PropertyKey[]): readonly Cell[] {
  return shape.cells(shape.array(value, path), path);
}

/** Returns a name, which may be a number in pandas. */
function nameOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw shape.misfit(value, ["name"], "a string or null");
}
