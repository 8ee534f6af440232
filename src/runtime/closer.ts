/**
 * closer(): the `close()` of a listener, which is graceful first, and forced after the grace.
 * @module
 */

import { MAX_TIMER_MS } from "../clock.ts";

/** The two ways in which a port closes. */
export interface Closing {
  /** Takes no more connections. Resolves when the existing ones have ended. */
  begin(): Promise<unknown>;
  /** Ends the remaining connections, so that `begin()` resolves soon. */
  force(): void;
}

/**
 * Makes the `close()` of a listener. It begins once; another call only restarts the grace, with its
 * own duration.
 */
export function closer({ begin, force }: Closing): (graceMs: number) => Promise<void> {
  let closed: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const run = async (): Promise<void> => {
    try {
      await begin();
    } finally {
      isOver = true;
      clearTimeout(timer);
    }
  };
  return (graceMs) => {
    clearTimeout(timer);
    closed ??= run();
    if (!isOver) timer = setTimeout(force, Math.min(graceMs, MAX_TIMER_MS));
    return closed;
  };
}
