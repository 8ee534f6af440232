/**
 * The caller of a request: the name under which its calls share the workers with those of others.
 * @module
 */

import { describe } from "../io/wording.ts";
import type { RequestFacts } from "./request-facts.ts";

/** The longest name, in UTF-16 units. */
const MAX_LENGTH = 256;

/**
 * Returns the credentials of a request as the name of its caller; undefined without them. They are
 * not verified: whoever has to be, has been by the middleware.
 */
export function credentialsOf(facts: Pick<RequestFacts, "header">): string | undefined {
  const credentials = facts.header("authorization") ?? facts.header("x-api-key") ?? "";
  return credentials === "" ? undefined : bounded(credentials);
}

/**
 * Checks and bounds the result of the option `callerOf` of a service.
 *
 * @throws TypeError for anything but a string or `undefined`
 */
export function checkCaller(given: unknown): string | undefined {
  if (given === undefined || given === "") return undefined;
  if (typeof given === "string") return bounded(given);
  throw new TypeError(
    `The option "callerOf" of a service must return a string or undefined, but returned ` +
      describe(given),
  );
}

/**
 * Shortens a long name. Its end stays, too: tokens of one issuer begin alike, and their signatures
 * are at the end.
 */
function bounded(name: string): string {
  if (name.length <= MAX_LENGTH) return name;
  const head = `${name.length}:${name.slice(0, MAX_LENGTH / 2)}`;
  return head + name.slice(head.length - MAX_LENGTH);
}
