/**
 * late(): a value that is made at its first use.
 * @module
 */

/**
 * Returns a function that makes a value at its first call, and returns the same one from then on.
 * Callers at the same time share one attempt; after a failure, the next call tries again.
 */
export function late<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
