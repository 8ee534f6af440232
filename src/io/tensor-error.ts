/**
 * Errors about nested arrays that do not make a tensor.
 * @module
 */
import { invalidArgument, type ServiceError } from "../error.ts";
import type { DType } from "../tensor.ts";
import { wantedWords } from "./element.ts";
import { formatPath } from "./wording.ts";

/** NumPy's bound on axes before version 2; no model has as many. */
export const MAX_AXES = 32;

/** The error for more axes than a tensor may have. */
export function tooManyAxes(): ServiceError {
  return invalidArgument(`Cannot make a tensor: it may have at most ${MAX_AXES} axes`);
}

/**
 * The error for an array of another length than the first on its axis, or for a missing array.
 *
 * @param found a description of what is there
 */
export function ragged(path: readonly number[], length: number, found: string): ServiceError {
  return invalidArgument(
    `Cannot make a tensor of ragged arrays: ${formatPath(path)} must be an array of ${length}, ` +
      `as ${formatPath(path.map(() => 0))} is, but was ${found}`,
  );
}

/** A value that does not fit as an element, and its position. */
export interface Misfit {
  readonly path: readonly number[];
  readonly dtype: DType;
  /** Whether the dtype follows from the first elements. */
  readonly inferred: boolean;
  /** A description of the value. */
  readonly found: string;
}

/** The error for an element that does not fit its dtype. */
export function misfit({ path, dtype, inferred, found }: Misfit): ServiceError {
  const where = path.length === 0 ? "the value" : formatPath(path);
  const kind = inferred ? `${dtype}, as its first elements are` : dtype;
  return invalidArgument(
    `Cannot make a tensor of dtype ${kind}: ${where} must be ${wantedWords(dtype)}, ` +
      `but was ${found}`,
  );
}

/** Returns the same error with the position in the body. */
export function atByte(error: ServiceError, at: number): ServiceError {
  return invalidArgument(`${error.message} (byte ${at} of the body)`);
}
