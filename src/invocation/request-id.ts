/**
 * The id of a request: the caller's, if it sent a valid one, or else a new one. It is sent with
 * every answer, and names the request in logs.
 * @module
 */

/** The name of the header, or of the metadata, with the id. */
export const REQUEST_ID = "x-request-id";

/**
 * Returns the id of a request.
 *
 * @param sent the id that the caller sent, if any
 */
export function requestIdOf(sent: string | null | undefined): string {
  return sent && /^[\w\-=]{1,255}$/.test(sent) ? sent : crypto.randomUUID();
}
