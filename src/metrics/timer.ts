/**
 * Timer: durations in seconds, for what observes them.
 * @module
 */

/** What can be told a duration. */
export interface Observer {
  observe(seconds: number): void;
}

/** Starts to measure. The function it returns observes the seconds since then and returns them. */
export function startTimer(observer: Observer, now: () => number): () => number {
  const startedAt = now();
  return () => {
    // Never negative: a clock that a runtime adjusts may step back.
    const seconds = Math.max(0, (now() - startedAt) / 1000);
    observer.observe(seconds);
    return seconds;
  };
}

/** For `using`: runs `end` once, at the end of the block. */
export function atEnd(end: () => void): Disposable {
  let ended = false;
  return {
    [Symbol.dispose]() {
      if (ended) return;
      ended = true;
      end();
    },
  };
}
