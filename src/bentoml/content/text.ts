/**
 * Text to the field `text`.
 * @module
 */

import type { TextSpec } from "../../io/spec.ts";

/**
 * Encodes text as the message StringValue. Halves of surrogate pairs, which UTF-8 does not have,
 * are replaced as in a body.
 *
 * @throws TypeError for anything but a string
 */
export function encodeText(value: unknown, spec: TextSpec): { value: string } {
  return { value: spec.check(value).toWellFormed() };
}
