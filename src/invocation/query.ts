/**
 * queryOf(): the query of the URL of a request.
 * @module
 */

/** Returns the query of a URL, which may be invalid elsewhere. */
export function queryOf(url: string): string {
  const [, query = ""] = /\?([^#]*)/.exec(url) ?? [];
  return query;
}
