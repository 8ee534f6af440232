/**
 * Isolate: the interface to the requests that run in one isolate of workerd.
 *
 * There, a timer belongs to the request that set it, and a promise to the request that made it.
 * When that request ends, or its client disconnects, its timers are canceled, and what awaits its
 * promises is not resumed. Work that requests share, such as a batch, must outlive each of them.
 * @module
 */

/** The requests of an isolate. */
export interface Isolate {
  /**
   * Waits for work that is shared. Meanwhile, this request also runs what others have left: work
   * that is to go on, and timers that are due.
   */
  wait<T>(work: Promise<T>): Promise<T>;
  /** Runs code in a request that waits; in this one if none does. */
  run(code: () => void): void;
  /** Keeps this request alive, without its client, until the returned function is called. */
  keepAlive(): () => void;
  /** Answers a request as this runtime needs it. */
  answer(
    request: Request,
    handle: (request: Request) => Response | Promise<Response>,
  ): Promise<Response>;
}
