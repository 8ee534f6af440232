/**
 * holdRequest(): lets the signal of a request work while only listeners are left of it.
 * @module
 */

/** The requests that are held, by what holds them. */
const held = new WeakMap<AbortSignal | ReadableStream, Request>();

/**
 * Keeps a request in memory for as long as another object. On Node, the `request.signal` of one
 * that has been collected is never aborted, although it has listeners: a handler that streams, and
 * has forgotten its request, would not learn that its caller is gone.
 *
 * @param holder the signal that `request` was made with, or the body of its answer. It holds one
 *   request
 * @returns `request`
 */
export function holdRequest(holder: AbortSignal | ReadableStream, request: Request): Request {
  held.set(holder, request);
  return request;
}
