/**
 * Timer: measures durations, in seconds.
 * @module
 */

/** Starts a timer. Returns a function that passes the seconds since to `use`, and returns them. */
export function startTimer(use: (seconds: number) => void, now: () => number): () => number {
  const startedAt = now();
  return () => {
    // Never negative: a clock that a runtime adjusts may step back.
    const seconds = Math.max(0, (now() - startedAt) / 1000);
    use(seconds);
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
