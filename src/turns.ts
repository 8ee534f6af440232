/**
 * Turns of the event loop: long work gives way to everything else that waits.
 * @module
 */

/** How long work may run before everything else has its turn, in milliseconds. */
const MAX_MS = 10;

let startedMs: number | undefined;
let waiting: (() => void)[] = [];

/**
 * Returns what to wait for before going on; `undefined` where there is time left. The time is
 * shared by all work, so that many requests do not take many times as much. Whoever has waited
 * asks again: others may have used the turn up.
 */
export function turnOver(): Promise<void> | undefined {
  if (startedMs === undefined) open();
  if (startedMs !== undefined && performance.now() - startedMs < MAX_MS) return undefined;
  return new Promise((resolve) => void waiting.push(resolve));
}

/**
 * Waits until there is time for more work.
 *
 * @throws the signal's reason when it is aborted by then
 */
export async function nextTurn(signal?: AbortSignal): Promise<void> {
  for (let over = turnOver(); over !== undefined; over = turnOver()) await over;
  signal?.throwIfAborted();
}

function open(): void {
  startedMs = performance.now();
  setTimeout(() => {
    startedMs = undefined;
    // The one that had the last turn comes last in the next.
    const [first, ...others] = waiting;
    waiting = [];
    for (const resume of others) resume();
    first?.();
  });
}
