/**
 * The id of a request: the caller's own where it sends a valid one, and a fresh one otherwise. It
 * is sent with every answer, and names the request in logs.
 * @module
 */

/** The header, or the metadata, that carries it. */
export const REQUEST_ID = "x-request-id";

/**
 * Returns the id of a request.
 *
 * @param sent the id that the caller sent, if any
 */
export function requestIdOf(sent: string | null | undefined): string {
  return sent && /^[\w\-=]{1,255}$/.test(sent) ? sent : crypto.randomUUID();
}
