/**
 * The options that arrays and series share: dtype and shape, and whether each is enforced.
 * @module
 */
import { DTYPES, type DType, formatShape, isDType } from "../../tensor.ts";
import { describe } from "../wording.ts";

/** The dtype and the shape of an array or a series. */
export interface ArrayOptions<D extends DType = DType> {
  /** The element type. */
  readonly dtype?: D | undefined;
  /** The length of each axis, -1 for any. */
  readonly shape?: readonly number[] | undefined;
  /** Refuse elements that would have to be cast to `dtype`. */
  readonly enforceDtype?: boolean | undefined;
  /** Refuse another shape. */
  readonly enforceShape?: boolean | undefined;
}

/**
 * Checks the options.
 *
 * @throws TypeError or RangeError with the value of an option and what it must be
 */
export function requireArrayOptions(options: ArrayOptions): void {
  const { dtype, shape, enforceDtype, enforceShape } = options;
  if (dtype !== undefined && !isDType(dtype)) {
    throw new TypeError(`dtype must be one of ${DTYPES.join(", ")}, but was "${dtype}"`);
  }
  if (enforceDtype === true && dtype === undefined) {
    throw new TypeError("enforceDtype needs a dtype to enforce, but none is given");
  }
  if (enforceShape === true && shape === undefined) {
    throw new TypeError("enforceShape needs a shape to enforce, but none is given");
  }
  if (shape === undefined) return;
  if (!Array.isArray(shape)) {
    throw new TypeError(`shape must be an array of numbers, but was ${describe(shape)}`);
  }
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= -1)) {
    throw new RangeError(
      `shape must be of whole numbers from 0 up, or -1 for any, but was ${formatShape(shape)}`,
    );
  }
}

/** Returns true for a shape that equals `wanted`, in which -1 is any length. */
export function fits(shape: readonly number[], wanted: readonly number[]): boolean {
  return (
    shape.length === wanted.length &&
    wanted.every((length, axis) => length === -1 || length === shape[axis])
  );
}

/** Describes a shape that does not fit; follows "an array" or "a series" in messages. */
export function misshapen(shape: readonly number[], wanted: readonly number[]): string {
  const any = wanted.includes(-1) ? ", where -1 is any length" : "";
  return `of shape ${formatShape(shape)}: it must be ${formatShape(wanted)}${any}`;
}
