/**
 * chunksOf(): the body of an answer as it arrives.
 * @module
 */

import { TransientFailure } from "./failure.ts";
import type { StallTimer } from "./request.ts";

/**
 * Reads a body from now on, one chunk ahead of its use: of a connection that breaks, runtimes drop
 * what has come and has not been read, and each try would end where it has begun.
 *
 * @throws TransientFailure when it breaks, after the chunks before
 */
export function chunksOf(
  body: ReadableStream<Uint8Array> | null,
  stall: Pick<StallTimer, "touch" | "reason">,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body?.getReader();
  const read = async (): Promise<Uint8Array | undefined> => {
    stall.touch();
    try {
      return (await reader?.read())?.value;
    } catch (error) {
      throw new TransientFailure(`${name} broke off: ${stall.reason(error)}`);
    }
  };
  return aheadOf(read);
}

function aheadOf<T>(
  read: () => Promise<T | undefined>,
): AsyncGenerator<Awaited<T>, void, undefined> {
  const start = (): Promise<T | undefined> => {
    const next = read();
    next.catch(() => {}); // it is awaited after the use of the one before
    return next;
  };
  let ahead = start();
  return (async function* () {
    for (;;) {
      const item = await ahead;
      if (item === undefined) return;
      ahead = start();
      yield item;
    }
  })();
}
