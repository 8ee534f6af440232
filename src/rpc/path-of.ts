/**
 * pathOf(): the path of a request as it was sent.
 * @module
 */

/** Returns the path of a URL, whose host may be invalid. */
export function pathOf(url: string): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?", start);
  return url.slice(start, end === -1 ? undefined : end);
}
