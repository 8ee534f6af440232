/**
 * isDisconnect(): whether a body could not be read since its caller has left.
 * @module
 */

/** Errors by which Deno says so, before it aborts the signal of the request, or without that. */
const NAMES: ReadonlySet<string> = new Set(["BadResource", "Http"]);

/** @param error what the reading of the request's body has failed with */
export function isDisconnect({ signal }: Request, error: unknown): boolean {
  if (signal.aborted) return true;
  const { name, code } = error as { readonly name?: string; readonly code?: unknown };
  return code === "ECONNRESET" || NAMES.has(name ?? "");
}
