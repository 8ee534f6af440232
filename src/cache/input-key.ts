/**
 * InputKey: an input as bytes that are equal for equal inputs only, and their hash. Numbers are
 * equal if their bits are: 0 is not -0.
 * @module
 */

import { Hash128 } from "./hash128.ts";

/** Deeper values are not cached. */
const MAX_DEPTH = 64;
/** Shorter arrays of numbers are written as texts. */
const MIN_NUMBERS = 8;

/** An input. */
export interface InputKey {
  readonly hash: string;
  /** The structure of the input: all but the content of its arrays of numbers. */
  readonly structure: string;
  /** The content of its arrays of numbers, whose types and lengths the structure has. */
  readonly arrays: readonly Uint8Array[];
  /** The memory that it takes. */
  readonly bytes: number;
}

/**
 * Returns the key of a value of plain data: objects, arrays, typed arrays, strings, numbers,
 * bigints and booleans. Undefined for a value with anything else in it, whose content is not known,
 * and for one of more than `maxBytes`.
 */
export function inputKey(value: unknown, maxBytes: number): InputKey | undefined {
  const writer = new Writer(maxBytes);
  if (!writer.write(value, 0)) return undefined;
  const structure = writer.texts.join("");
  const hash = new Hash128().update(new TextEncoder().encode(structure));
  let bytes = 2 * structure.length;
  for (const array of writer.arrays) {
    hash.update(array);
    bytes += array.byteLength;
  }
  return { hash: hash.digest(), structure, arrays: writer.arrays, bytes };
}

/** Returns true for two keys of equal inputs. */
export function isSameInput(one: InputKey, other: InputKey): boolean {
  return (
    one.structure === other.structure &&
    one.arrays.every((array, at) => isEqual(array, other.arrays[at]))
  );
}

/** Returns a key that does not change when the arrays of its input do. */
export function keptKey(key: InputKey): InputKey {
  return { ...key, arrays: key.arrays.map((array) => array.slice()) };
}

/** Compares bytes, four at a time where both begin at a multiple of four. */
function isEqual(one: Uint8Array, other: Uint8Array | undefined): boolean {
  if (other === undefined || one.byteLength !== other.byteLength) return false;
  const isAligned = one.byteOffset % 4 === 0 && other.byteOffset % 4 === 0;
  const words = isAligned ? one.byteLength >> 2 : 0;
  if (words > 0) {
    const a = new Int32Array(one.buffer, one.byteOffset, words);
    const b = new Int32Array(other.buffer, other.byteOffset, words);
    for (let at = 0; at < words; at++) if (a[at] !== b[at]) return false;
  }
  for (let at = 4 * words; at < one.byteLength; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** Writes values in a form from which they could be read again. */
class Writer {
  readonly texts: string[] = [];
  readonly arrays: Uint8Array[] = [];
  #left: number;

  constructor(maxBytes: number) {
    this.#left = maxBytes;
  }

  /** Returns false for a value that cannot be written. */
  write(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case "string":
        return this.#text(JSON.stringify(value));
      case "number":
        return this.#text(Object.is(value, -0) ? "-0" : `${value}`);
      case "bigint":
        return this.#text(`${value}n`);
      case "boolean":
      case "undefined":
        return this.#text(`${value}`);
      case "object":
        return value === null ? this.#text("null") : this.#object(value, depth);
      default:
        return false;
    }
  }

  #text(text: string): boolean {
    this.texts.push(text);
    this.#left -= 2 * text.length + 8;
    return this.#left >= 0;
  }

  #object(value: object, depth: number): boolean {
    if (depth > MAX_DEPTH) return false;
    if (ArrayBuffer.isView(value)) return this.#array(value, value.constructor.name);
    if (value instanceof ArrayBuffer) return this.#array(new Uint8Array(value), "ArrayBuffer");
    if (Array.isArray(value)) return this.#list(value, depth);
    if (!isPlain(value)) return false;
    this.#text("{");
    for (const [name, member] of Object.entries(value)) {
      if (!this.#text(`${JSON.stringify(name)}:`) || !this.write(member, depth + 1)) return false;
      this.#text(",");
    }
    return this.#text("}");
  }

  #list(values: readonly unknown[], depth: number): boolean {
    const isLong = values.length >= MIN_NUMBERS;
    if (isLong && values.every((value) => typeof value === "number")) {
      return this.#array(Float64Array.from(values), "numbers");
    }
    this.#text("[");
    for (const value of values) {
      if (!this.write(value, depth + 1)) return false;
      this.#text(",");
    }
    return this.#text("]");
  }

  #array({ buffer, byteOffset, byteLength }: ArrayBufferView, type: string): boolean {
    this.arrays.push(new Uint8Array(buffer, byteOffset, byteLength));
    this.#left -= byteLength;
    return this.#text(`<${type} ${byteLength}>`);
  }
}

/** Returns true for an object without a class. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
