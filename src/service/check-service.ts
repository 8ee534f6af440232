/**
 * checkService(): checks the argument of the functions that serve.
 * @module
 */

/**
 * Checks the argument of a function that serves. It may be of another copy of this package.
 *
 * @throws TypeError for anything but a service
 */
export function checkService(caller: string, given: unknown): void {
  const isService = typeof given === "object" && given !== null && "ensureStarted" in given;
  if (isService) return;
  const what = given === null ? "null" : typeof given;
  throw new TypeError(`Cannot call ${caller}(): it needs what service() returns, not ${what}`);
}
