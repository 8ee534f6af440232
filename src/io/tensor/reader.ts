/**
 * TensorReader: reads nested JSON arrays from their bytes straight into the typed array of a
 * tensor, in steps between which other work can run.
 * @module
 */
import { invalidArgument, type ServiceError } from "../../error.ts";
import type { DType, Tensor } from "../../tensor.ts";
import { isSafeText } from "../json/big-integer.ts";
import { beyondDouble, isSpace, unexpected } from "../json/error.ts";
import { asciiText, NumberScanner } from "../json/number.ts";
import { StringScanner } from "../json/string.ts";
import { describeAt, wordAt } from "../json/word.ts";
import { ValueExtent } from "../table/value-extent.ts";
import { describe, excerpt } from "../wording.ts";
import { NON_FINITE } from "./element.ts";
import { type ElementSink, sinkOf } from "./element-sink.ts";
import { atByte, MAX_AXES, misfit, ragged, tooManyAxes } from "./error.ts";
import type { NestedOptions } from "./nested.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;

/**
 * The state of the search for a dtype, if none is given:
 * - `first`: `float64`, until an element requires another
 * - `whole`: whole numbers, one of them beyond ±(2^53-1): `int64`, or else `uint64`
 * - `exact`: whole numbers beyond 64 bits: `float64`, if it holds all of them exactly
 */
type Search = "first" | "whole" | "exact";

/** Reads one tensor. */
export class TensorReader {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #extent: ValueExtent;
  readonly #numbers = new NumberScanner();
  readonly #strings: StringScanner;
  readonly #inferred: boolean;
  readonly #enforce: boolean;
  #search: Search | undefined;
  #dtype: DType;
  #sink: ElementSink | undefined;
  #at: number;
  /** The length of each axis, once its first array is closed. */
  #shape: number[] = [];
  /** The index along each axis that is open. */
  #path: number[] = [];
  /** The number of axes, once the first element or empty array has been read. */
  #axes: number | undefined;
  /** True while all elements are words such as "NaN", which may be floats or strings. */
  #onlyNames = true;
  /** The error to throw if the dtype remains `float64` without a fraction. */
  #inexact: ServiceError | undefined;

  /** @param start the offset of the value */
  constructor(bytes: Uint8Array, start: number, dtype?: DType, options: NestedOptions = {}) {
    this.#bytes = bytes;
    this.#start = start;
    this.#at = start;
    this.#extent = new ValueExtent(bytes, start);
    this.#strings = new StringScanner(bytes);
    this.#inferred = dtype === undefined;
    this.#enforce = dtype === undefined || options.enforceDtype === true;
    this.#search = dtype === undefined ? "first" : undefined;
    this.#dtype = dtype ?? "float64";
  }

  /** The position after the value, once `read()` has returned true. */
  get end(): number {
    return this.#at;
  }

  /** Returns the tensor, once `read()` has returned true. */
  finish(): Tensor {
    const data = this.#sink?.finish();
    if (data === undefined) throw new Error("A tensor was asked for before it was read");
    return { dtype: this.#dtype, shape: this.#shape, data };
  }

  /**
   * Reads about `byteCount` more bytes, or to the end.
   *
   * @returns true when the tensor is complete
   * @throws ServiceError `invalid_argument` with the index path and the position of an array of
   *   another length or of an element that does not fit, or with the position of invalid JSON
   */
  read(byteCount: number): boolean {
    if (!this.#extent.read(byteCount)) return false;
    this.#sink ??= sinkOf(this.#dtype, this.#extent.maxElements, this.#enforce);
    const limit = this.#at + byteCount;
    for (;;) {
      this.#skipSpace();
      const byte = this.#bytes[this.#at];
      if (byte === OPEN_BRACKET) {
        if (this.#enter()) continue;
      } else {
        if (this.#axes !== this.#path.length) this.#requireLeaf();
        if (this.#element(byte)) return false; // it starts over
      }
      if (!this.#close()) return this.#isSettled();
      if (this.#at >= limit) return false;
    }
  }

  /** Opens an array. Returns false if it is empty, and so complete. */
  #enter(): boolean {
    const { length: axis } = this.#path;
    if (this.#axes === axis) throw this.#misfit("an array");
    if (axis === MAX_AXES) throw tooManyAxes();
    const start = this.#at;
    this.#at += 1;
    this.#skipSpace();
    const isEmpty = this.#bytes[this.#at] === CLOSE_BRACKET;
    const length = this.#shape[axis];
    if (!isEmpty) {
      if (length === 0) throw this.#ragged(0, "an array of more", start);
      this.#path.push(0);
      return true;
    }
    if (length === undefined) {
      this.#axes ??= axis + 1;
      this.#shape[axis] = 0;
    }
    if (this.#shape[axis] !== 0 || this.#axes !== axis + 1) {
      throw this.#ragged(length ?? 0, "an array of 0", start);
    }
    this.#at += 1;
    return false;
  }

  /**
   * Goes to the next element, and closes arrays that end. Returns false at the end of the value.
   */
  #close(): boolean {
    for (let axis = this.#path.length - 1; axis >= 0; axis--) {
      this.#skipSpace();
      const byte = this.#bytes[this.#at];
      const count = (this.#path[axis] ?? 0) + 1;
      const length = this.#shape[axis];
      if (byte === COMMA) {
        this.#at += 1;
        this.#path[axis] = count;
        if (count !== length) return true;
        throw this.#raggedArray(axis, length, `an array of more`);
      }
      if (byte !== CLOSE_BRACKET) throw unexpected(this.#bytes, this.#at);
      if (length !== undefined && length !== count) {
        throw this.#raggedArray(axis, length, `an array of ${count}`);
      }
      this.#at += 1;
      this.#shape[axis] = count;
      this.#path.length = axis;
    }
    return false;
  }

  #requireLeaf(): void {
    const { length: axis } = this.#path;
    this.#axes ??= axis;
    if (this.#axes === axis) return;
    throw this.#ragged(this.#shape[axis] ?? 0, describeAt(this.#bytes, this.#at), this.#at);
  }

  /** Reads an element. Returns true if reading starts over with another dtype. */
  #element(byte: number | undefined): boolean {
    const start = this.#at;
    const value = this.#numbers.read(this.#bytes, start);
    if (Number.isNaN(value)) return this.#other(byte);
    const { isInteger } = this.#numbers;
    const isTaken = this.#search === undefined || this.#isTaken(value, isInteger);
    if (!(isTaken && this.#sink?.addNumber(value) === true)) {
      return this.#oddNumber(value, isInteger);
    }
    this.#onlyNames = false;
    this.#at = this.#numbers.end;
    return false;
  }

  /** Returns true if a number fits the dtype found so far. */
  #isTaken(value: number, isInteger: boolean): boolean {
    if (this.#search === "first") return !isInteger || Number.isSafeInteger(value);
    return isInteger && (this.#search === "whole" || Number.isSafeInteger(value));
  }

  /** Reads a number that does not fit the dtype found so far. */
  #oddNumber(value: number, isInteger: boolean): boolean {
    const { end } = this.#numbers;
    const isLong = isInteger && !Number.isSafeInteger(value);
    if (this.#search !== undefined) {
      if (!isInteger && this.#search !== "first") return this.#beginAs("float64");
      if (isLong && this.#search === "first") return this.#beginAs("int64", "whole");
      if (isLong && this.#search === "exact") this.#requireExact(value);
    }
    if (!Number.isFinite(value)) throw beyondDouble(this.#at);
    const isAdded = isLong
      ? this.#sink?.addLong(this.#bytes, this.#at, end, value)
      : this.#sink?.add(value);
    if (isAdded === true) {
      this.#onlyNames = false;
      this.#at = end;
      return false;
    }
    if (this.#search !== "whole") throw this.#misfit(describeAt(this.#bytes, this.#at));
    return this.#dtype === "int64"
      ? this.#beginAs("uint64", "whole")
      : this.#beginAs("float64", "exact");
  }

  /** Records the error for a whole number that `float64` does not hold exactly either. */
  #requireExact(value: number): void {
    const digits = asciiText(this.#bytes, this.#at, this.#numbers.end);
    if (isSafeText(digits)) return;
    this.#inexact ??= atByte(
      invalidArgument(
        `Cannot make a tensor without a dtype: ${excerpt(digits)} fits neither int64 nor uint64 ` +
          `with its neighbours, and float64 would make it ${value}`,
      ),
      this.#at,
    );
  }

  /** Reads a string or a word. */
  #other(byte: number | undefined): boolean {
    if (byte === QUOTE) return this.#string(this.#strings.read(this.#at), this.#strings.end);
    const found = wordAt(this.#bytes, this.#at);
    if (found === undefined) {
      if (byte === OPEN_BRACE) throw this.#misfit("an object");
      throw unexpected(this.#bytes, this.#numbers.end);
    }
    const [word, value] = found;
    const end = this.#at + word.length;
    if (typeof value === "boolean" && this.#search === "first" && this.#onlyNames) {
      return this.#beginAs("bool");
    }
    if (typeof value !== "number") return this.#add(value, end);
    if (this.#search !== undefined && this.#search !== "first") return this.#beginAs("float64");
    if (this.#sink?.addNonFinite(value) !== true) throw this.#misfit(word);
    this.#onlyNames = false;
    this.#at = end;
    return false;
  }

  #string(text: string, end: number): boolean {
    if (this.#search === undefined) return this.#add(text, end);
    if (!NON_FINITE.has(text)) {
      if (this.#search === "first" && this.#onlyNames) return this.#beginAs("string");
    } else if (this.#search !== "first") {
      return this.#beginAs("float64");
    }
    return this.#add(text, end);
  }

  #add(leaf: unknown, end: number): boolean {
    if (this.#sink?.add(leaf) !== true) throw this.#misfit(describe(leaf));
    this.#at = end;
    return false;
  }

  /** Starts over with another dtype; the search for one continues in the state `search`, if any. */
  #beginAs(dtype: DType, search?: Search): true {
    this.#dtype = dtype;
    this.#search = search;
    this.#at = this.#start;
    this.#shape = [];
    this.#path = [];
    this.#axes = undefined;
    this.#onlyNames = true;
    this.#inexact = undefined;
    this.#sink = undefined;
    return true;
  }

  /** Returns true at the end of the value if the dtype is final. */
  #isSettled(): boolean {
    if (this.#inexact !== undefined) throw this.#inexact;
    const hasNames = this.#onlyNames && !this.#shape.includes(0);
    return !(this.#search === "first" && hasNames && this.#beginAs("string"));
  }

  #skipSpace(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at += 1;
  }

  #misfit(found: string): ServiceError {
    const path = [...this.#path];
    const error = misfit({ path, dtype: this.#dtype, inferred: this.#inferred, found });
    return atByte(error, this.#at);
  }

  #ragged(length: number, found: string, at: number): ServiceError {
    return atByte(ragged([...this.#path], length, found), at);
  }

  #raggedArray(axis: number, length: number, found: string): ServiceError {
    return atByte(ragged(this.#path.slice(0, axis), length, found), this.#at);
  }
}
