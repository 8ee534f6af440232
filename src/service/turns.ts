/**
 * A turn of the event loop, of which streams may take only so much: a handler that never waits
 * would else keep everyone else waiting for as long as its client reads.
 * @module
 */

/** How long items may flow before everything else that waits has its turn, in milliseconds. */
const MAX_MS = 10;

let turn: { readonly startedMs: number; readonly over: Promise<void> } | undefined;

/** What is to be waited for before the next item; undefined where there is time for it at once. */
export function turnOver(): Promise<void> | undefined {
  turn ??= open();
  return performance.now() - turn.startedMs < MAX_MS ? undefined : turn.over;
}

/** One for all streams, so that many do not take many times as much. */
function open() {
  const over = new Promise<void>((resolve) => {
    setTimeout(() => {
      turn = undefined;
      resolve();
    });
  });
  return { startedMs: performance.now(), over };
}
