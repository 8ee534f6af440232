/**
 * RequestContext: the context of a request, as the path of requests uses it.
 * @module
 */

import type { CallRecord, Lane, RunRecord } from "../runner/call-options.ts";
import type { WaitingContext } from "../service/context.ts";
import type { AnsweredBy } from "./answered-by.ts";
import type { OpenResponse } from "./open-response.ts";

/** The context of one request. Disposing of it stops its timer. */
export interface RequestContext extends WaitingContext, Disposable {
  /** The calls of runners that were made with the context so far. */
  readonly calls: readonly CallRecord[];
  /** The models and the caches that have answered its calls. */
  readonly answeredBy: AnsweredBy;
  readonly response: OpenResponse;
  /** Receives the runs of its calls; undefined if nobody traces it. */
  readonly onRun: ((run: RunRecord) => void) | undefined;
  /** The lane that its caller asks for; undefined for that of its API. */
  requestedLane: Lane | undefined;
  /** The name of its API key, once that has been checked. */
  keyName: string | undefined;
  /** Sets the source of `get()`: the variables of middleware. */
  readVariables(read: (key: string) => unknown): void;
  /** True once the signal is aborted, or would be. */
  readonly isAborted: boolean;
  /** @throws ServiceError the signal's reason, if it is aborted */
  throwIfAborted(): void;
  /**
   * As `orAborted()`, for work that fails by itself when the caller disconnects.
   *
   * @param take makes the result of that of the work
   * @param failed makes the reason of a rejection of that of the work
   */
  orLate<T>(work: PromiseLike<T>): Promise<T>;
  orLate<T, U>(
    work: PromiseLike<T>,
    take: (value: T) => U,
    failed: (error: unknown) => unknown,
  ): Promise<U>;
  /** Restarts the server's time limit, at each item of a stream, but not the caller's. */
  renew(): void;
  /** Aborts the signal, for a caller whose disconnect no event reported. */
  cancel(): void;
  /** Records that its response is about to be written, once. */
  answered(): void;
  /** Sets the function to call once, when the context is disposed of or its signal is aborted. */
  onEnd(listener: () => void): void;
}
