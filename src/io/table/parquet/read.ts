/**
 * Data frames from Parquet files.
 * @module
 */
import { repeated } from "../../../check.ts";
import { nextTurn } from "../../../turns.ts";
import { quote } from "../../wording.ts";
import type { Cell } from "../cell.ts";
import type { DataFrame } from "../frame.ts";
import { asBadParquet, badParquet } from "./bad-parquet.ts";
import { readMetadata } from "./metadata.ts";
import { readCells, UnpackedBudget } from "./pages.ts";

/**
 * Reads a Parquet file whose columns are not nested. The index of a pandas data frame is dropped.
 * Reading yields to other work after each page.
 *
 * @param maxCells the most rows times columns; checked before any page is read
 * @param names the wanted columns; others are not decompressed
 * @param signal aborts the reading
 * @throws ServiceError `invalid_argument` for any other file, and for one that is damaged or
 *   encrypted, or has a compression or a type that is not supported, which is named;
 *   `payload_too_large` for too many columns, cells or bytes
 */
export async function frameOfParquet(
  bytes: Uint8Array,
  maxCells?: number,
  names?: readonly string[],
  signal?: AbortSignal,
): Promise<DataFrame> {
  try {
    const { columns, groups, rows } = readMetadata(bytes, maxCells);
    const all = columns.map(({ name }) => name);
    const double = repeated(all);
    if (double !== undefined) throw badParquet(`two columns have the name ${quote(double)}`);
    if (all.length === 0) throw badParquet(`it has rows, ${rows}, but no columns beside an index`);
    const wanted = new Set(names ?? all);
    const kept = all.filter((name) => wanted.has(name));
    const data = new Map(kept.map((name) => [name, [] as Cell[]]));
    const budget = new UnpackedBudget();
    for (const chunk of groups.flat()) {
      const cells = data.get(chunk.column.name);
      if (cells === undefined) continue;
      for await (const page of readCells(bytes, chunk, budget)) {
        for (const cell of page) cells.push(cell);
        await nextTurn(signal);
      }
    }
    return { columns: kept, data: [...data.values()] };
  } catch (error) {
    signal?.throwIfAborted();
    throw asBadParquet(error);
  }
}
