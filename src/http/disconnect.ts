/**
 * isDisconnect(): recognises a body that ended because its client disconnected.
 * @module
 */

/** The errors by which Deno reports a disconnect, before or without aborting the signal. */
const NAMES: ReadonlySet<string> = new Set(["BadResource", "Http"]);

/** Returns true for such an error. @param error the failure of reading the request's body */
export function isDisconnect({ signal }: Request, error: unknown): boolean {
  if (signal.aborted) return true;
  const { name, code } = (error ?? {}) as { readonly name?: string; readonly code?: unknown };
  return code === "ECONNRESET" || NAMES.has(name ?? "");
}
