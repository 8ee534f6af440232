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
import { describe, excerpt } from "../wording.ts";
import { NON_FINITE } from "./element.ts";
import { type ElementSink, sinkOf } from "./element-sink.ts";
import { atByte } from "./error.ts";
import type { NestedOptions } from "./nested.ts";
import { Nesting } from "./nesting.ts";
import { RunReader } from "./run-reader.ts";

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
  readonly #runs: RunReader | undefined;
  readonly #numbers = new NumberScanner();
  #strings: StringScanner | undefined;
  readonly #inferred: boolean;
  readonly #enforce: boolean;
  #search: Search | undefined;
  #dtype: DType;
  #sink: ElementSink | undefined;
  #at: number;
  #nesting = new Nesting();
  /** True while all elements are words such as "NaN", which may be floats or strings. */
  #onlyNames = true;
  /** The error to throw if the dtype remains `float64` without a fraction. */
  #inexact: ServiceError | undefined;
  /** True once all elements are read, and may have to be joined. */
  #isRead = false;

  /** @param start the offset of the value */
  constructor(bytes: Uint8Array, start: number, dtype?: DType, options: NestedOptions = {}) {
    this.#bytes = bytes;
    this.#start = start;
    this.#at = start;
    this.#runs = RunReader.open(bytes);
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
    return { dtype: this.#dtype, shape: this.#nesting.shape, data };
  }

  /**
   * Reads about `byteCount` more bytes, or to the end.
   *
   * @returns true when the tensor is complete
   * @throws ServiceError `invalid_argument` with the index path and the position of an array of
   *   another length or of an element that does not fit, or with the position of invalid JSON
   */
  read(byteCount: number): boolean {
    if (!this.#isRead) {
      this.#runs?.begin();
      this.#isRead = this.#readTo(Math.min(this.#bytes.length, this.#at + byteCount));
      this.#sink?.flush();
    }
    return this.#isRead && this.#sink?.join() === true;
  }

  /** Reads to about the position `limit`. Returns true when all elements are read. */
  #readTo(limit: number): boolean {
    this.#sink ??= sinkOf(this.#dtype, {
      enforce: this.#enforce,
      onlyWhole: this.#search === "whole" || this.#search === "exact",
    });
    for (;;) {
      this.#skipSpace();
      const byte = this.#bytes[this.#at];
      if (byte === OPEN_BRACKET) {
        if (this.#enter()) continue;
      } else if (!this.#readRun(limit)) {
        this.#skipSpace();
        const next = this.#bytes[this.#at];
        if (next === OPEN_BRACKET) continue;
        if (this.#nesting.axes !== this.#nesting.depth) this.#requireLeaf();
        if (this.#element(next)) return false; // it starts over
      }
      if (!this.#close()) return this.#isSettled();
      if (this.#at >= limit) return false;
    }
  }

  /** Reads many elements at once. Returns true if it ends behind one. */
  #readRun(limit: number): boolean {
    const { depth, axes } = this.#nesting;
    const runs = this.#sink?.runs;
    if (runs === undefined || depth === 0 || (axes ?? depth) !== depth) return false;
    const at = this.#runs?.read(runs, this.#nesting, this.#at, limit) ?? this.#at;
    if (at === this.#at) return false;
    this.#onlyNames = false;
    this.#at = at < 0 ? ~at : at;
    return at < 0;
  }

  /** Opens an array. Returns false if it is empty, and so complete. */
  #enter(): boolean {
    const nesting = this.#nesting;
    if (nesting.axes === nesting.depth) throw this.#misfit("an array");
    nesting.requireRoom();
    const start = this.#at;
    this.#at += 1;
    this.#skipSpace();
    if (nesting.enter(this.#bytes[this.#at] === CLOSE_BRACKET, start)) return true;
    this.#at += 1;
    return false;
  }

  /** Goes to the next element, closing arrays that end. Returns false at the end of the value. */
  #close(): boolean {
    const nesting = this.#nesting;
    while (nesting.depth > 0) {
      this.#skipSpace();
      const byte = this.#bytes[this.#at];
      if (byte === COMMA) {
        this.#at += 1;
        nesting.next(this.#at);
        return true;
      }
      if (byte !== CLOSE_BRACKET) throw unexpected(this.#bytes, this.#at);
      nesting.leave(this.#at);
      this.#at += 1;
    }
    return false;
  }

  #requireLeaf(): void {
    const nesting = this.#nesting;
    nesting.axes ??= nesting.depth;
    if (nesting.axes === nesting.depth) return;
    throw nesting.noArray(describeAt(this.#bytes, this.#at), this.#at);
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
    if (byte === QUOTE) {
      this.#strings ??= new StringScanner(this.#bytes);
      return this.#string(this.#strings.read(this.#at), this.#strings.end);
    }
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
    this.#nesting = new Nesting();
    this.#onlyNames = true;
    this.#inexact = undefined;
    this.#sink = undefined;
    return true;
  }

  /** Returns true at the end of the value if the dtype is final. */
  #isSettled(): boolean {
    if (this.#inexact !== undefined) throw this.#inexact;
    const hasNames = this.#onlyNames && !this.#nesting.shape.includes(0);
    return !(this.#search === "first" && hasNames && this.#beginAs("string"));
  }

  #skipSpace(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at += 1;
  }

  #misfit(found: string): ServiceError {
    return this.#nesting.misfit(this.#dtype, this.#inferred, found, this.#at);
  }
}
