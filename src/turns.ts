/**
 * Turns of the event loop, by which long work yields to all other work.
 * @module
 */

/** The time that work may run in one turn before it yields, in milliseconds. */
const MAX_MS = 10;
/**
 * The time after which work that waits opens the next turn itself. In workerd, the request that has
 * set the timer of a turn may end before it.
 */
const RESCUE_MS = 50;

let startedMs: number | undefined;
let waiting: (() => void)[] = [];

/**
 * Returns a promise of the next turn, or `undefined` while there is time left in this one. All work
 * shares that time, so that many requests together do not block the loop for longer. Call it again
 * after waiting: other work may have used up the turn.
 */
export function turnOver(): Promise<void> | undefined {
  if (startedMs === undefined) open();
  if (startedMs !== undefined && performance.now() - startedMs < MAX_MS) return undefined;
  return waitForTurn();
}

async function waitForTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  waiting.push(resolve);
  const rescue = setTimeout(next, RESCUE_MS);
  await promise;
  clearTimeout(rescue);
}

/**
 * Waits until there is time for more work.
 *
 * @throws the signal's reason if it has been aborted
 */
export async function nextTurn(signal?: AbortSignal): Promise<void> {
  for (let over = turnOver(); over !== undefined; over = turnOver()) await over;
  signal?.throwIfAborted();
}

function open(): void {
  startedMs = performance.now();
  setTimeout(next);
}

function next(): void {
  startedMs = undefined;
  // The first had the last turn, so it is the last in the next.
  const [first, ...others] = waiting;
  waiting = [];
  for (const resume of others) resume();
  first?.();
}
