/**
 * once(): a value that the first of several threads computes and the others share.
 * @module
 */

const STATE = 0;
const LENGTH = 1;
const HEADER_BYTES = 8;
const MAX_BYTES = 1_048_576;
const POLL_MS = 10;

/** The states of the shared memory. */
const EMPTY = 0;
const COMPUTING = 1;
const DONE = 2;

/** Allocates the memory to share with the threads. */
export function onceMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + MAX_BYTES);
}

/**
 * Computes a value, unless another thread has computed it or is doing so: then awaits that one.
 *
 * @param memory made by `onceMemory()`, the same in all threads
 * @param compute returns a value that JSON can carry
 * @param waitMs the longest wait for another thread
 * @returns the value; `undefined` if the other thread did not finish in that time
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
  // Decoders reject shared memory; slice() copies it.
  return JSON.parse(new TextDecoder().decode(bytes.slice(0, header[LENGTH]))) as T;
}

function write(header: Int32Array, bytes: Uint8Array, value: unknown): void {
  const encoded = new TextEncoder().encode(JSON.stringify(value));
  if (encoded.length > bytes.length) throw new RangeError("The value is too large to be shared");
  bytes.set(encoded);
  header[LENGTH] = encoded.length;
  Atomics.store(header, STATE, DONE);
}
