/**
 * holdResponse(): lets the body of a response work while the response itself is forgotten.
 * @module
 */

/** What bodies hold. */
const held = new WeakMap<ReadableStream, unknown>();

/**
 * Keeps a response of `fetch()` in memory for as long as its body. When it is collected, Node
 * cancels the body unless someone is reading it, and Deno no longer ends it with its request's
 * signal.
 *
 * @param request kept as well: on Node, the signal of one that has been collected is never aborted
 * @returns `response`
 */
export function holdResponse(response: Response, request?: Request): Response {
  const { body } = response;
  if (body) held.set(body, [response, request, held.get(body)]);
  return response;
}
