/**
 * Secrets of a configuration in what is printed.
 * @module
 */

import { REDACTED } from "../../log/redact.ts";

/** Returns a mask in place of a secret. */
export function masked(secret: string | undefined): string | undefined {
  return secret === undefined ? undefined : REDACTED;
}

/** Returns API keys with their names alone: `ada:***`. */
export function maskedKeys(keys: readonly string[] | undefined): readonly string[] | undefined {
  return keys?.map((key) => {
    const colon = key.indexOf(":");
    // A digest without a name would be taken for one.
    return colon < 1 || key.startsWith("sha256:") ? REDACTED : `${key.slice(0, colon)}:${REDACTED}`;
  });
}
