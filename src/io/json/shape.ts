/**
 * Checks of parsed JSON values, for tables and series that are read from them.
 * @module
 */
import { invalidArgument, type ServiceError } from "../../error.ts";
import { type Cell, isCell } from "../table/cell.ts";
import { describe, formatPath } from "../wording.ts";

type Path = readonly PropertyKey[];

/**
 * Checks of a parsed JSON value at a path in it. Each returns the value, or throws the ServiceError
 * `invalid_argument` with the path, what was wanted and what was found.
 */
export interface JsonShape {
  array(value: unknown, path: Path): readonly unknown[];
  object(value: unknown, path: Path): Readonly<Record<string, unknown>>;
  /** @param keys the key of each value below the path; 0, 1, 2, … by default */
  cells(values: readonly unknown[], path: Path, keys?: readonly PropertyKey[]): readonly Cell[];
  /** Returns the error for a value of another kind than wanted. */
  misfit(value: unknown, path: Path, wanted: string): ServiceError;
}

/**
 * Returns the checks.
 *
 * @param what the name of the result in messages, for example `a data frame`
 */
export function jsonShape(what: string): JsonShape {
  const misfit = (value: unknown, path: Path, wanted: string): ServiceError => {
    const where = path.length === 0 ? "the JSON value" : formatPath(path);
    return invalidArgument(
      `Cannot read ${what}: ${where} must be ${wanted}, but was ${describe(value)}`,
    );
  };
  return {
    misfit,
    array(value, path) {
      if (Array.isArray(value)) return value;
      throw misfit(value, path, "an array");
    },
    object(value, path) {
      if (typeof value === "object" && value !== null && !Array.isArray(value)) {
        return value as Readonly<Record<string, unknown>>;
      }
      throw misfit(value, path, "an object");
    },
    cells(values, path, keys) {
      const bad = values.findIndex((value) => !isJsonCell(value));
      if (bad === -1) return values as readonly Cell[];
      const wanted = "a string, a finite number, a boolean or null";
      throw misfit(values[bad], [...path, keys?.[bad] ?? bad], wanted);
    },
  };
}

/** JSON has no infinite numbers: one that is infinite was written as `1e400`, for example. */
function isJsonCell(value: unknown): value is Cell {
  return isCell(value) && (typeof value !== "number" || Number.isFinite(value));
}
