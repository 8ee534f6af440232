/**
 * Data frames and series as JSON: to send, and of answers, as Ekiben's servers write them.
 * @module
 */

import type { Cell } from "../io/table/cell.ts";
import type { DataFrame } from "../io/table/frame.ts";
import type { Series } from "../io/table/series.ts";
import type { IoFacts } from "../schema/io-facts.ts";

type Row = Readonly<Record<string, Cell>>;

/**
 * Returns the JSON value of a data frame. Its strings of digits become integers in columns of
 * integers of 64 bits.
 */
export function frameJson({ columns, data }: DataFrame, orient: IoFacts["orient"]): unknown {
  const labels = [...(data[0] ?? []).keys()];
  const matrix = labels.map((row) => data.map((cells) => cells[row]));
  if (orient === "values") return matrix;
  if (orient === "split") return { columns, data: matrix };
  const named = (cells: readonly unknown[]): unknown =>
    Object.fromEntries(columns.map((name, at) => [name, cells[at]]));
  if (orient === "columns") return named(data);
  return orient === "index" ? { ...matrix.map(named) } : matrix.map(named);
}

/** Returns the JSON value of a series. */
export function seriesJson({ name, data }: Series, orient: IoFacts["orient"]): unknown {
  if (orient === "split") return { name: name ?? null, data };
  return orient === "index" ? { ...data } : data;
}

/** Makes a data frame of its JSON value. */
export function frameOf(
  value: unknown,
  { orient = "records", columns: known }: IoFacts,
): DataFrame {
  switch (orient) {
    case "records":
    case "index":
      return frameOfRows(Object.values(value as Row[] | Record<string, Row>), known);
    case "columns": {
      const maps = value as Record<string, Record<string, Cell>>;
      return { columns: Object.keys(maps), data: Object.values(maps).map(Object.values) };
    }
    case "split": {
      const { columns, data } = value as { columns: string[]; data: Cell[][] };
      return frameOfMatrix(columns, data);
    }
    case "values": {
      const rows = value as Cell[][];
      return frameOfMatrix(known ?? (rows[0] ?? []).map((_, at) => String(at)), rows);
    }
  }
}

function frameOfRows(rows: readonly Row[], known: readonly string[] = []): DataFrame {
  const columns = rows.length === 0 ? known : Object.keys(rows[0] ?? {});
  return { columns, data: columns.map((name) => rows.map((row) => row[name] ?? null)) };
}

function frameOfMatrix(columns: readonly string[], rows: readonly (readonly Cell[])[]): DataFrame {
  return { columns, data: columns.map((_, at) => rows.map((row) => row[at] ?? null)) };
}

/** Makes a series of its JSON value. */
export function seriesOf(value: unknown, { orient }: IoFacts): Series {
  if (orient !== "split") return { data: Object.values(value as Cell[] | Record<string, Cell>) };
  const { name, data } = value as { name: string | null; data: Cell[] };
  return { name: name ?? undefined, data };
}
