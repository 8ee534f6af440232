/**
 * Turns of the event loop, by which long work yields to all other work.
 * @module
 */

/** The time that work may run in one turn before it yields, in milliseconds. */
const MAX_MS = 10;

/** A turn of the loop. It ends by a timer. */
interface Turn {
  readonly startedMs: number;
  /** Resumes the work that waits for its end, in the order in which it came. */
  readonly waiting: (() => void)[];
}

let turn: Turn | undefined;

/**
 * Returns a promise of the next turn, or `undefined` while there is time left in this one. All work
 * shares that time, so that many requests together do not block the loop for longer. Call it again
 * after waiting: other work may have used up the turn.
 */
export function turnOver(): Promise<void> | undefined {
  const current = turn ?? open();
  if (performance.now() - current.startedMs < MAX_MS) return undefined;
  return new Promise((resolve) => {
    current.waiting.push(resolve);
    // In workerd, the timer of the turn is canceled when the request that opened it ends.
    setTimeout(() => end(current));
  });
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

function open(): Turn {
  const opened = { startedMs: performance.now(), waiting: [] };
  turn = opened;
  setTimeout(() => end(opened));
  return opened;
}

/** Ends a turn, unless it is over. */
function end(ended: Turn): void {
  if (turn !== ended) return;
  turn = undefined;
  // The first had the last turn, so it is the last in the next.
  const [first, ...others] = ended.waiting;
  for (const resume of others) resume();
  first?.();
}
