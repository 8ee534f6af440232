/**
 * Compares paths with those of a service.
 * @module
 */

/** Returns true for a path that one of `paths` names. */
export function isOneOf(paths: readonly string[], path: string): boolean {
  return paths.some((each) =>
    each.endsWith("/*") ? path.startsWith(each.slice(0, -1)) : path === each,
  );
}
