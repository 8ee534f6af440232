/**
 * holdRequest(): lets the signal of a request work while only listeners are left of it.
 * @module
 */

/** The requests that are held, by what holds them. */
const held = new WeakMap<AbortSignal, Request>();

/**
 * Keeps a request in memory for as long as the signal that it was made with. On Node, the
 * `request.signal` of one that has been collected is never aborted, although it has listeners: a
 * handler that streams, and has forgotten its request, would not learn that its caller is gone.
 *
 * @param signal the signal that `request` follows. It holds one request
 * @returns `request`
 */
export function holdRequest(signal: AbortSignal, request: Request): Request {
  held.set(signal, request);
  return request;
}
