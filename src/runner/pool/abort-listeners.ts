/**
 * Listeners of abort signals. However many calls share a signal, it has one listener: with many,
 * adding and removing one takes runtimes as long as there are others.
 * @module
 */

const listeners = new WeakMap<AbortSignal, Set<() => void>>();

const ONCE = { once: true };

/** Adds a function to call when a signal is aborted. */
export function addAbortListener(signal: AbortSignal, listener: () => void): void {
  const known = listeners.get(signal);
  if (known !== undefined) {
    known.add(listener);
    return;
  }
  const all = new Set([listener]);
  listeners.set(signal, all);
  const abort = (): void => {
    listeners.delete(signal);
    for (const each of all) each();
  };
  signal.addEventListener("abort", abort, ONCE);
}

/** Removes a function that was added. */
export function removeAbortListener(signal: AbortSignal, listener: () => void): void {
  listeners.get(signal)?.delete(listener);
}
