/**
 * Errors about nested arrays that do not make a tensor.
 * @module
 */
import { invalidArgument, type ServiceError } from "../../error.ts";
import type { DType } from "../../tensor.ts";
import { formatPath } from "../wording.ts";
import { hasLostDigits, wantedWords } from "./element.ts";

/** NumPy's bound on axes before version 2; no model has as many. */
export const MAX_AXES = 32;

/** Returns the error for more axes than a tensor may have. */
export function tooManyAxes(): ServiceError {
  return invalidArgument(`Cannot make a tensor: it may have at most ${MAX_AXES} axes`);
}

/**
 * Returns the error for an array of another length than the first on its axis, or for a value in
 * place of an array.
 *
 * @param found a description of the value
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
  /** True if the dtype was inferred from the first elements. */
  readonly inferred: boolean;
  /** A description of the value. */
  readonly found: string;
}

/** Returns the error for an element that does not fit its dtype. */
export function misfit({ path, dtype, inferred, found }: Misfit): ServiceError {
  const isFirst = path.every((index) => index === 0);
  const where = path.length === 0 ? "the value" : formatPath(path);
  // Nothing chose the dtype of the first element.
  const wanted = inferred && isFirst ? "a number, a boolean or a string" : wantedWords(dtype);
  const arrays = path.length === 0 ? ", or nested arrays of such" : "";
  const hint = hasLostDigits(dtype, found)
    ? ", a double that may have lost digits: send it as a string of digits"
    : "";
  const inferredFrom = isFirst ? "" : ` of dtype ${dtype}, as its first elements are`;
  const kind = inferred ? inferredFrom : ` of dtype ${dtype}`;
  return invalidArgument(
    `Cannot make a tensor${kind}: ${where} must be ${wanted}${arrays}, but was ${found}${hint}`,
  );
}

/** Returns the same error with the position in the body. */
export function atByte(error: ServiceError, at: number): ServiceError {
  return invalidArgument(`${error.message} (byte ${at} of the body)`);
}
