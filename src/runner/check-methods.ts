/**
 * checkMethods(): checks the methods of a runnable that has loaded.
 * @module
 */

import { suggestion } from "../check.ts";
import type { MethodKinds } from "../worker/protocol.ts";

/** The names that `await` and JSON.stringify() look for: no methods of a runnable. */
export const NOT_METHODS: ReadonlySet<string> = new Set(["then", "toJSON"]);

/**
 * Checks the names of the methods, and that those with settings of their own are batched.
 *
 * @param settings the settings of single methods
 * @param own the runner, whose own members no method may hide
 * @throws TypeError if they are not
 */
export function checkMethods(
  runner: string,
  methods: MethodKinds,
  settings: object | undefined,
  own: object,
): void {
  const names = Object.keys(methods);
  if (names.length === 0) {
    throw new TypeError(
      `The runnable of runner "${runner}" has no methods: load() must return at least one in ` +
        '"batched" or "methods"',
    );
  }
  for (const name of Object.keys(settings ?? {})) checkBatched(runner, name, methods);
  const taken = names.find((name) => NOT_METHODS.has(name) || name in own);
  if (taken === undefined) return;
  throw new TypeError(
    `The runnable of runner "${runner}" has a method "${taken}", which is the runner's own: give ` +
      "it another name",
  );
}

function checkBatched(runner: string, method: string, methods: MethodKinds): void {
  if (methods[method] === "batched") return;
  const batched = Object.keys(methods).filter((name) => methods[name] === "batched");
  throw new TypeError(
    `Runner "${runner}" has no batched method "${method}", which "methods" names: ` +
      suggestion(method, batched, "it has"),
  );
}
