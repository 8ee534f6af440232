/**
 * live(): calls while the user goes on. A server that refuses them is left alone for as long as it
 * asks, and then gets the last state.
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import { latest } from "./latest.ts";

/** How often a refused call is sent again, unless the user goes on. */
const MAX_TRIES = 3;

/** Calls while the user goes on. */
export interface Live {
  /** Sends the state of the form, now or as soon as the server takes it. */
  goOn(): void;
  /** Forgets a state that has not been sent yet: a call of another kind takes its place. */
  drop(): void;
}

/** What the calls are made of. */
export interface LiveOptions<T> {
  /** Returns the state of the form; undefined for one that is not sent. */
  readonly read: () => Promise<T | undefined>;
  /** Called for a state that is not sent. */
  readonly clear: () => void;
  /**
   * Sends a state; resolves to the seconds for which the server wants no further call, and must not
   * throw.
   */
  readonly send: (content: T) => Promise<number>;
  readonly clock?: Clock;
}

/** Makes calls, one at a time. */
export function live<T>({ read, clear, send, clock = systemClock }: LiveOptions<T>): Live {
  let openAtMs = Number.NEGATIVE_INFINITY;
  let tries = 0;
  let isWanted = false;
  let drops = 0;
  let cancel = (): void => {};
  const run = latest(async () => {
    cancel();
    if (!isWanted) return;
    isWanted = false;
    const before = drops;
    const content = await read();
    if (drops !== before) return;
    if (content === undefined) return clear();
    if (clock.now() >= openAtMs) {
      const seconds = await send(content);
      if (seconds === 0) return;
      openAtMs = clock.now() + seconds * 1000;
      tries += 1;
      if (drops !== before) return;
    }
    if (tries <= MAX_TRIES) cancel = clock.after(openAtMs - clock.now(), want);
  });
  const want = (): void => {
    isWanted = true;
    run();
  };
  return {
    goOn() {
      tries = 0;
      want();
    },
    drop() {
      cancel();
      isWanted = false;
      drops += 1;
    },
  };
}
