/**
 * closer(): the `close()` of a listener, which ends softly first, and hard when the grace is over.
 * @module
 */

import { MAX_TIMER_MS } from "../host.ts";

/** The two ways in which a port closes. */
export interface Closing {
  /** Takes no more connections. Done when those that there are have ended. */
  begin(): Promise<unknown>;
  /** Ends the connections that are left, so that `begin()` is done soon. */
  cut(): void;
}

/**
 * Makes the `close()` of a listener. It begins once; another call sets only the grace anew, from
 * its own time on.
 */
export function closer({ begin, cut }: Closing): (graceMs: number) => Promise<void> {
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
    if (!isOver) timer = setTimeout(cut, Math.min(graceMs, MAX_TIMER_MS));
    return closed;
  };
}
