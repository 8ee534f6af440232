/**
 * Structured clones as bytes, for values that are sent to another process. They keep what
 * `postMessage()` keeps: `undefined`, -0, BigInt, dates, maps, typed arrays, errors, cycles.
 * @module
 */

import process from "node:process";
import { Deserializer, Serializer } from "node:v8";
import { crc32 } from "node:zlib";
import { messageOf } from "../../error.ts";

/** The part of Bun's module `bun:jsc` that is used here. Its `node:v8` has no `Serializer`. */
interface Jsc {
  serialize(value: unknown): SharedArrayBuffer;
  deserialize(bytes: Uint8Array): unknown;
}

const jsc: Jsc | undefined =
  process.versions["bun"] === undefined
    ? undefined
    : (process.getBuiltinModule("bun:jsc") as unknown as Jsc);

/**
 * Returns a value as bytes.
 *
 * @throws DataCloneError for a value that another process cannot have: a function, a
 *   `SharedArrayBuffer`, a port
 */
export function serialize(value: unknown): Uint8Array {
  return jsc === undefined ? serializeByV8(value) : serializeByJsc(value, jsc);
}

/**
 * Returns the checksum of the bytes of a value. Bun reads damaged bytes for minutes, if they say
 * that an array has billions of elements; V8 refuses those, and needs none.
 */
export function checksum(bytes: Uint8Array): number {
  return jsc === undefined ? 0 : crc32(bytes);
}

/**
 * Returns the value of bytes, which it copies.
 *
 * @throws Error for bytes that are not of `serialize()` on this runtime
 */
export function deserialize(bytes: Uint8Array): unknown {
  if (jsc !== undefined) return jsc.deserialize(bytes);
  const reader = new Deserializer(bytes);
  reader.readHeader();
  return reader.readValue();
}

function serializeByV8(value: unknown): Uint8Array {
  const writer = new Serializer();
  let written = false;
  try {
    writer.writeHeader();
    writer.writeValue(value);
    written = true;
    return writer.releaseBuffer();
  } catch (error) {
    // A getter may throw anything. V8's own errors are plain ones.
    if (!written && (!(error instanceof Error) || error.constructor !== Error)) throw error;
    throw cloneError(messageOf(error));
  }
}

function serializeByJsc(value: unknown, { serialize: toBytes }: Jsc): Uint8Array {
  if (hasSharedMemory(value)) throw cloneError("#<SharedArrayBuffer> could not be cloned.");
  return new Uint8Array(toBytes(value));
}

/** Returns a DataCloneError. */
export function cloneError(message: string): DOMException {
  return new DOMException(message, "DataCloneError");
}

/** Returns true for a value with shared memory in it, of which Bun would send a copy. */
function hasSharedMemory(value: unknown, seen: Set<unknown> = new Set()): boolean {
  if (typeof value !== "object" || value === null || seen.has(value)) return false;
  if (value instanceof SharedArrayBuffer) return true;
  if (ArrayBuffer.isView(value)) return value.buffer instanceof SharedArrayBuffer;
  seen.add(value);
  const parts: Iterable<unknown> =
    value instanceof Map
      ? [...value.keys(), ...value.values()]
      : value instanceof Set || Array.isArray(value)
        ? value
        : Object.values(value);
  for (const part of parts) if (hasSharedMemory(part, seen)) return true;
  return false;
}
