/**
 * Text to the field `text`.
 * @module
 */

import type { Payload } from "../../io/io.ts";

/** A body of text as the message StringValue. */
export function encodeText({ bytes }: Payload): { value: string } {
  return { value: new TextDecoder().decode(bytes) };
}
