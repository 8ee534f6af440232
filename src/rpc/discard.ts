/**
 * discard(): what nobody wants of a request's body.
 * @module
 */

import type { Clock } from "../host.ts";
import { MIB } from "../limits.ts";

/** The most that is dropped of a body, in bytes, and how long that may take. */
const DISCARD_BYTES = 64 * MIB;
const DISCARD_MS = 1000;

/** How long the last read may take: Deno cannot end an answer while a read is out. */
const LAST_READ_MS = 250;

/**
 * Reads a body on and drops it, before its answer is complete. A client that is still sending when
 * its connection closes may never read the answer, and a connection with half a request in it is
 * of no use for the next.
 *
 * @returns whether that was all of it; if not, the body is canceled
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
    // It broke off.
  } finally {
    cancelTimer();
  }
  // Its own end is not waited for.
  reader.cancel().catch(() => {});
  return false;
}
