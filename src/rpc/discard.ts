/**
 * discard(): reads the unwanted rest of a request's body.
 * @module
 */

import type { Clock } from "../clock.ts";
import { MIB } from "../limits.ts";

/** The bounds of the reading, in bytes and in milliseconds. */
const DISCARD_BYTES = 64 * MIB;
const DISCARD_MS = 1000;

/** The time of the last read, in milliseconds: Deno does not end an answer meanwhile. */
const LAST_READ_MS = 250;

/**
 * Reads and discards the rest of a body, before its answer is complete. A client that is still
 * sending when its connection closes may never read the answer, and a connection with half a
 * request in it is not usable for the next.
 *
 * @returns true if the body is at its end; otherwise it is canceled
 */
export async function discard(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  clock: Clock,
): Promise<boolean> {
  const late = Promise.withResolvers<undefined>();
  const lateAt = clock.now() + DISCARD_MS;
  const cancelTimer = clock.after(DISCARD_MS + LAST_READ_MS, () => late.resolve(undefined));
  try {
    for (let left = DISCARD_BYTES; left > 0 && clock.now() < lateAt; ) {
      const next = await Promise.race([reader.read(), late.promise]);
      if (next === undefined) break;
      if (next.done) return true;
      left -= next.value.length;
    }
  } catch {
    // The connection was reset.
  } finally {
    cancelTimer();
  }
  // The cancellation is not awaited.
  reader.cancel().catch(() => {});
  return false;
}
