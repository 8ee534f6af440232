/**
 * CallScope: what a request carries along with its abort signal. A handler passes the signal on to
 * runners and need not know of the rest.
 * @module
 */

/** What became of one call of a runner: which batch it was in, and what that took. */
export interface CallRecord {
  readonly runner: string;
  readonly method: string;
  /** Rows of the whole batch, of all its requests. */
  readonly batchRows: number;
  /** Requests that were joined in the batch. */
  readonly batchRequests: number;
  /** From the call until its batch was sent, in milliseconds. */
  readonly waitMs: number;
  /** From there until its answer, in milliseconds. */
  readonly runMs: number;
  /** Why the batch was closed: `full`, `unsplittable`, `idle`, `deadline` or `window`. */
  readonly reason: string;
}

/** What goes with a signal. */
export interface CallScope {
  /** When the answer is worth nothing any more, in milliseconds of the host's clock. */
  readonly deadlineAt?: number;
  /** Told of each call of a runner that was made with the signal. */
  readonly record?: (record: CallRecord) => void;
}

const scopes = new WeakMap<AbortSignal, CallScope>();

/** Lets a signal carry a scope. */
export function setCallScope(signal: AbortSignal, scope: CallScope): void {
  scopes.set(signal, scope);
}

/** The scope of a signal; empty for a signal of any other making. */
export function callScope(signal: AbortSignal | undefined): CallScope {
  return (signal === undefined ? undefined : scopes.get(signal)) ?? {};
}
