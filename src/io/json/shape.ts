/**
 * What a parsed JSON value must be for a table or a series to be read from it.
 * @module
 */
import { invalidArgument, type ServiceError } from "../../error.ts";
import { type Cell, isCell } from "../table/cell.ts";
import { describe, formatPath } from "../wording.ts";

type Path = readonly PropertyKey[];

/**
 * Checks of a parsed JSON value at a path in it. Each gives the value, or throws the ServiceError
 * `invalid_argument` with the path, what was wanted and what was there.
 */
export interface JsonShape {
  array(value: unknown, path: Path): readonly unknown[];
  object(value: unknown, path: Path): Readonly<Record<string, unknown>>;
  /** @param keys the place of each value below the path; 0, 1, 2, … when left out */
  cells(values: readonly unknown[], path: Path, keys?: readonly PropertyKey[]): readonly Cell[];
  /** The error for a value that is not what was wanted. */
  misfit(value: unknown, path: Path, wanted: string): ServiceError;
}

/** @param what what is read, for messages: "a data frame" */
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

/** JSON has no infinite number: what is one was written as `1e400`, say. */
function isJsonCell(value: unknown): value is Cell {
  return isCell(value) && (typeof value !== "number" || Number.isFinite(value));
}
