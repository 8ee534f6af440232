/**
 * copied(): a copy of plain data, so that no caller can change the answer of another.
 * @module
 */

import { isPlain } from "./input-key.ts";

/** A copy, and the memory that it takes, about. */
export interface Copy<T> {
  readonly value: T;
  readonly bytes: number;
}

/** Deeper values are not copied. */
const MAX_DEPTH = 64;
/** The memory of a member or an element beside its content, about. */
const SLOT_BYTES = 16;

/** Thrown for a value that is not plain data; caught here. */
class NotPlain extends Error {}

/** Returns a copy of plain data; undefined for a value with anything else in it. */
export function copied<T>(value: T): Copy<T> | undefined {
  const size = { bytes: 0 };
  try {
    const copy = copyOf(value, size, 0) as T;
    return { value: copy, bytes: size.bytes };
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

function copyOf(value: unknown, size: { bytes: number }, depth: number): unknown {
  size.bytes += SLOT_BYTES;
  if (typeof value === "string") size.bytes += 2 * value.length;
  if (typeof value === "function" || typeof value === "symbol") throw new NotPlain();
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) throw new NotPlain();
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    size.bytes += value.byteLength;
    return (value as Uint8Array).slice();
  }
  if (value instanceof ArrayBuffer) {
    size.bytes += value.byteLength;
    return value.slice(0);
  }
  if (Array.isArray(value)) return value.map((each) => copyOf(each, size, depth + 1));
  if (!isPlain(value)) throw new NotPlain();
  const copy: Record<string, unknown> = Object.create(
    Object.getPrototypeOf(value) as object | null,
  );
  for (const [name, member] of Object.entries(value)) {
    size.bytes += 2 * name.length;
    const made = copyOf(member, size, depth + 1);
    // "__proto__" of JSON is a member like others.
    Object.defineProperty(copy, name, {
      value: made,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return copy;
}
