/**
 * once(): a value that the first of several threads computes, and the others take over.
 * @module
 */

const STATE = 0;
const LENGTH = 1;
const HEADER_BYTES = 8;
const MAX_BYTES = 1_048_576;
const POLL_MS = 10;

/** The states of the memory. */
const EMPTY = 0;
const COMPUTING = 1;
const DONE = 2;

/** Memory to share with the threads, empty. */
export function onceMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + MAX_BYTES);
}

/**
 * Computes a value, or takes the one that another thread has computed, or waits for it.
 *
 * @param memory of `onceMemory()`, the same in all threads
 * @param compute makes a value that JSON can carry
 * @param waitMs how long to wait for another thread
 * @returns `undefined` where the other thread did not come to an end in that time
 */
export async function once<T>(
  memory: SharedArrayBuffer,
  compute: () => Promise<T>,
  waitMs: number,
): Promise<T | undefined> {
  const header = new Int32Array(memory, 0, 2);
  const bytes = new Uint8Array(memory, HEADER_BYTES);
  if (Atomics.compareExchange(header, STATE, EMPTY, COMPUTING) === EMPTY) {
    try {
      const value = await compute();
      write(header, bytes, value);
      return value;
    } catch (error) {
      Atomics.store(header, STATE, EMPTY);
      throw error;
    }
  }
  const endAt = performance.now() + waitMs;
  // Not Atomics.waitAsync(): it does not keep Deno's event loop alive.
  while (Atomics.load(header, STATE) === COMPUTING && performance.now() < endAt) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  if (Atomics.load(header, STATE) !== DONE) return undefined;
  // A decoder takes no shared memory: slice() copies.
  return JSON.parse(new TextDecoder().decode(bytes.slice(0, header[LENGTH]))) as T;
}

function write(header: Int32Array, bytes: Uint8Array, value: unknown): void {
  const encoded = new TextEncoder().encode(JSON.stringify(value));
  if (encoded.length > bytes.length) throw new RangeError("The value is too large to be shared");
  bytes.set(encoded);
  header[LENGTH] = encoded.length;
  Atomics.store(header, STATE, DONE);
}
