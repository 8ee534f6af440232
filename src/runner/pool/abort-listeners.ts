/**
 * What cancels calls: abort signals, and contexts, which need no signal for it.
 * @module
 */

/** A call that waits. */
export interface AbortListener {
  /** Called once, with the reason. */
  aborted(reason: unknown): void;
}

/** Cancels the calls that listen to it. */
export interface Canceler {
  /** @throws the reason, once it has canceled them */
  throwIfAborted(): void;
  /** Adds a listener, after `throwIfAborted()`. */
  addAbortListener(listener: AbortListener): void;
  removeAbortListener(listener: AbortListener): void;
}

/** Returns what cancels the calls that have a signal. */
export function cancelerOf(signal: AbortSignal): Canceler {
  return {
    throwIfAborted: () => signal.throwIfAborted(),
    addAbortListener: (listener) => addAbortListener(signal, listener),
    removeAbortListener: (listener) => removeAbortListener(signal, listener),
  };
}

/**
 * The listeners of a signal, as a property of it. In a map by signals, V8 keeps those of calls that
 * have ended, and all that they refer to, until a full collection.
 */
const LISTENERS: unique symbol = Symbol("ekiben.abort");

interface Listened extends AbortSignal {
  [LISTENERS]?: Set<AbortListener> | undefined;
}

/**
 * Adds a listener to call when a signal is aborted. However many calls share a signal, it has one
 * listener itself: with many, adding and removing one takes runtimes as long as there are others.
 */
export function addAbortListener(signal: Listened, listener: AbortListener): void {
  const known = signal[LISTENERS];
  if (known !== undefined) {
    known.add(listener);
    return;
  }
  if (!(LISTENERS in signal)) signal.addEventListener("abort", abort, { once: true });
  signal[LISTENERS] = new Set([listener]);
}

function abort({ target }: Event): void {
  const signal = target as Listened;
  const listeners = signal[LISTENERS] ?? [];
  signal[LISTENERS] = undefined;
  for (const listener of listeners) listener.aborted(signal.reason);
}

/** Removes a listener that was added. */
export function removeAbortListener(signal: Listened, listener: AbortListener): void {
  const listeners = signal[LISTENERS];
  listeners?.delete(listener);
  if (listeners?.size === 0) signal[LISTENERS] = undefined;
}
