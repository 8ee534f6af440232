/**
 * What a handler sets on its answer, as the headers of a call: gRPC's leading metadata.
 * @module
 */

import { REQUEST_ID } from "./request-id.ts";

/** What belongs to the protocols, or to the connection, or is set already. */
const RESERVED: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  REQUEST_ID,
]);

/**
 * Sends headers along, but for those that are not the handler's to set.
 *
 * @throws TypeError for a value that metadata cannot have, as gRPC does: the handler's fault
 */
export function sendHeaders(from: Headers, to: Headers): void {
  for (const [name, value] of from) {
    if (RESERVED.has(name) || /^(grpc|connect)-/.test(name)) continue;
    if (!/^[\x20-\x7e]*$/.test(value)) {
      throw new TypeError(
        `The metadata "${name}" must be printable ASCII, but was ${JSON.stringify(value)}`,
      );
    }
    if (name === "set-cookie") to.append(name, value);
    else to.set(name, value);
  }
}
