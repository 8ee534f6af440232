/**
 * holdResponse(): lets the body of a response work while the response itself is forgotten.
 * @module
 */

/** The responses that are held, by what holds them. */
const held = new WeakMap<ReadableStream, Response>();

/**
 * Keeps a response of `fetch()` in memory for as long as its body. When it is collected, Node
 * cancels the body unless someone is reading it, and Deno no longer ends it with its request's
 * signal.
 *
 * @returns `response`
 */
export function holdResponse(response: Response): Response {
  if (response.body !== null) held.set(response.body, response);
  return response;
}
