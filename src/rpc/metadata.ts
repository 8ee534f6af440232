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
    if (isValid(name, value)) continue;
    const wanted = name.endsWith("-bin") ? "base64, by its name" : "printable ASCII";
    throw new TypeError(
      `The metadata "${name}" must be ${wanted}, but was ${JSON.stringify(value)}`,
    );
  }
  copyValid(from, to);
}

/** Copies headers as `copyMetadata()`, without invalid values: for answers that are errors. */
export function copyValid(from: Headers, to: Headers): void {
  for (const [name, value] of from) {
    if (isProtocolName(name) || !isValid(name, value)) continue;
    if (name === "set-cookie") to.append(name, value);
    else to.set(name, value);
  }
}

/** The metadata of an error. */
interface ErrorMetadata {
  /** The name of its protocol, as Connect's contexts have it; undefined if it is not known. */
  readonly protocol: string | undefined;
  readonly header: Headers;
  readonly trailer: Headers | undefined;
}

/** Copies headers to those of an error. Most clients of gRPC read its trailers alone. */
export function copyToError(from: Headers, { protocol, header, trailer }: ErrorMetadata): void {
  copyValid(from, header);
  if (trailer !== undefined && protocol === "grpc") copyValid(from, trailer);
}

/** Returns true for a value that clients take: some reset a call for binary data that is none. */
function isValid(name: string, value: string): boolean {
  return name.endsWith("-bin") ? value.split(",").every(isBase64) : VALUE.test(value);
}

/** Returns true for base64, with or without its padding. */
function isBase64(value: string): boolean {
  const digits = value.trim().replace(/={1,2}$/, "");
  try {
    return btoa(atob(digits)).replace(/=+$/, "") === digits;
  } catch {
    return false;
  }
}
