/**
 * Metadata: copies the headers and trailers that a handler sets to those of a call.
 * @module
 */

import { isProtocolName } from "../invocation/response.ts";

/** The values of metadata that gRPC allows. */
const VALUE = /^[\x20-\x7e]*$/;

/**
 * Copies headers, except those that belong to the protocol.
 *
 * @throws TypeError for a value that gRPC does not allow, which is the handler's fault
 */
export function copyMetadata(from: Headers, to: Headers): void {
  for (const [name, value] of from) {
    if (VALUE.test(value)) continue;
    throw new TypeError(
      `The metadata "${name}" must be printable ASCII, but was ${JSON.stringify(value)}`,
    );
  }
  copyValid(from, to);
}

/** Copies headers as `copyMetadata()`, without invalid values: for answers that are errors. */
export function copyValid(from: Headers, to: Headers): void {
  for (const [name, value] of from) {
    if (isProtocolName(name) || !VALUE.test(value)) continue;
    if (name === "set-cookie") to.append(name, value);
    else to.set(name, value);
  }
}
