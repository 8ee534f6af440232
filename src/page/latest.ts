/**
 * latest(): calls while the user goes on, one at a time. The last change wins.
 * @module
 */

/**
 * Returns a function that asks for a run. If one is under way, another follows it, however often
 * it was asked for.
 *
 * @param run must not throw
 */
export function latest(run: () => Promise<void>): () => void {
  let isRunning = false;
  let isAsked = false;
  const next = async (): Promise<void> => {
    isRunning = true;
    do {
      isAsked = false;
      await run();
    } while (isAsked);
    isRunning = false;
  };
  return () => {
    if (isRunning) isAsked = true;
    else void next();
  };
}
