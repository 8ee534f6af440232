/** Parquet files that pandas 3.1 with pyarrow 26 and fastparquet 2026.9 have written. */
import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("./fixtures/", import.meta.url);

/** The bytes of a file. */
export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`${name}.parquet`, folder)));
}

/** The names of all files. */
export const FIXTURES: readonly string[] = readdirSync(folder)
  .map((name) => name.replace(".parquet", ""))
  .sort();
