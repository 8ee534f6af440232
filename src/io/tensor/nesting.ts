/**
 * Nesting: the position in nested arrays while they are read, and the shape found so far.
 * @module
 */
import type { ServiceError } from "../../error.ts";
import type { DType } from "../../tensor.ts";
import { UNKNOWN } from "../json/number-runs.ts";
import { atByte, MAX_AXES, misfit, ragged, tooManyAxes } from "./error.ts";

/** The arrays that are open. Positions in the text are for messages. */
export class Nesting {
  /** The length of each axis, once its first array is closed. */
  readonly shape: number[] = [];
  /** The index along each axis that is open. */
  readonly path: number[] = [];
  /** The number of axes, once the first element or empty array has been read. */
  axes: number | undefined;

  /** The number of arrays that are open. */
  get depth(): number {
    return this.path.length;
  }

  /** @throws ServiceError `invalid_argument` for an array within as many as a tensor has axes */
  requireRoom(): void {
    if (this.path.length === MAX_AXES) throw tooManyAxes();
  }

  /** Opens an array. Returns false if it is empty, and so complete. */
  enter(isEmpty: boolean, at: number): boolean {
    const axis = this.path.length;
    const length = this.shape[axis];
    if (!isEmpty) {
      if (length === 0) throw this.#ragged(axis, 0, "an array of more", at);
      this.path.push(0);
      return true;
    }
    if (length === undefined) {
      this.axes ??= axis + 1;
      this.shape[axis] = 0;
    }
    if (this.shape[axis] !== 0 || this.axes !== axis + 1) {
      throw this.#ragged(axis, length ?? 0, "an array of 0", at);
    }
    return false;
  }

  /** Goes to the next element of the innermost array. */
  next(at: number): void {
    const axis = this.path.length - 1;
    const count = (this.path[axis] ?? 0) + 1;
    this.path[axis] = count;
    const length = this.shape[axis];
    if (count === length) throw this.#ragged(axis, length, "an array of more", at);
  }

  /** Closes the innermost array. */
  leave(at: number): void {
    const axis = this.path.length - 1;
    const count = (this.path[axis] ?? 0) + 1;
    const length = this.shape[axis];
    if (length !== undefined && length !== count) {
      throw this.#ragged(axis, length, `an array of ${count}`, at);
    }
    this.shape[axis] = count;
    this.path.length = axis;
  }

  /** The number of arrays beside the innermost one that may follow it; none before it is closed. */
  get rowsLeft(): number {
    const axis = this.path.length - 1;
    if (axis === 0 || this.shape[axis] === undefined) return 0;
    return (this.shape[axis - 1] ?? UNKNOWN) - 1 - (this.path[axis - 1] ?? 0);
  }

  /** Goes on over whole arrays, to an index in the innermost one. */
  advance(rows: number, column: number): void {
    const axis = this.path.length - 1;
    this.axes = axis + 1;
    this.path[axis] = column;
    if (rows > 0) this.path[axis - 1] = (this.path[axis - 1] ?? 0) + rows;
  }

  /** Returns the error for a value in place of an array. */
  noArray(found: string, at: number): ServiceError {
    const axis = this.path.length;
    return this.#ragged(axis, this.shape[axis] ?? 0, found, at);
  }

  /** Returns the error for an element that does not fit. */
  misfit(dtype: DType, inferred: boolean, found: string, at: number): ServiceError {
    return atByte(misfit({ path: [...this.path], dtype, inferred, found }), at);
  }

  #ragged(axis: number, length: number, found: string, at: number): ServiceError {
    return atByte(ragged(this.path.slice(0, axis), length, found), at);
  }
}
